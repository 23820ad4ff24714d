import { expect, type HttpClient } from '../http-client.ts'
import { PASSWORD, type Driver, type Tokens } from './driver.ts'

/**
 * Its session token is the cookie of a database row. `get-session` prolongs the row (`updateAge` is
 * 0) and, with the jwt plugin, answers with a fresh JWT in `set-auth-jwt`: that is its refresh.
 */
export const betterAuthDriver: Driver = {
  async login(client, username) {
    const answer = expect(
      await client.send({
        method: 'POST',
        path: '/api/auth/sign-in/email',
        json: { email: `${username}@example.com`, password: PASSWORD },
      }),
      200,
    )
    const cookies = (answer.headers['set-cookie'] as string[]).map((one) => one.split(';')[0])
    return { access: cookies.join('; '), refresh: cookies.join('; ') }
  },
  async refresh(client, tokens) {
    const answer = await session(client, tokens, '')
    if (answer.headers['set-auth-jwt'] === undefined) throw new Error('no JWT came')
    return tokens
  },
  me: (client, tokens) => session(client, tokens, '?disableRefresh=true'),
  // Its documented way: the server is asked.
  verify: (client, tokens) => session(client, tokens, '?disableRefresh=true'),
}

async function session(client: HttpClient, { access }: Tokens, query: string) {
  const path = `/api/auth/get-session${query}`
  const answer = await client.send({ method: 'GET', path, headers: { Cookie: access } })
  if (!expect(answer, 200).body.includes('"user"')) throw new Error('the session is over')
  return answer
}
