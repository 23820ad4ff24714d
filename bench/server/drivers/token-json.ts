import { expect, type Answer } from '../http-client.ts'
import { bearer, PASSWORD, type Driver, type Tokens } from './driver.ts'

interface Paths {
  readonly login: string
  readonly refresh: string
  readonly me: string
}

/** Servers that take JSON and answer with tokens in JSON: this product and the Express peer. */
export function createTokenJsonDriver(paths: Paths): Driver {
  return {
    login: async (client, username) =>
      tokensOf(
        await client.send({
          method: 'POST',
          path: paths.login,
          json: { username, password: PASSWORD },
        }),
      ),
    refresh: async (client, { refresh }) =>
      tokensOf(
        await client.send({
          method: 'POST',
          path: paths.refresh,
          json: { refresh_token: refresh },
        }),
      ),
    me: async (client, tokens) =>
      expect(await client.send({ method: 'GET', path: paths.me, headers: bearer(tokens) }), 200),
    verify: async (client, tokens) =>
      expect(await client.send({ method: 'GET', path: '/verify', headers: bearer(tokens) }), 200),
  }
}

export function tokensOf(answer: Answer): Tokens {
  const { access_token, refresh_token } = JSON.parse(expect(answer, 200).body) as {
    access_token: string
    refresh_token: string
  }
  return { access: access_token, refresh: refresh_token }
}
