import { expect, type Answer, type HttpClient } from '../http-client.ts'
import { bearer, PASSWORD, type Driver } from './driver.ts'
import { tokensOf } from './token-json.ts'

const CLIENT = { client_id: 'bench', client_secret: 'bench-secret-of-the-benchmark-0123456789' }
const REDIRECT_URI = 'https://app.example.com/callback'
/** SHA-256 of `VERIFIER`, as PKCE sends it. */
const VERIFIER = 'a'.repeat(43)
const CHALLENGE = 'ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA'

/** A login is an authorization code flow: four requests, as a browser and its application make. */
export const oidcProviderDriver: Driver = {
  async login(client, username) {
    const browser = createBrowser(client)
    const query = new URLSearchParams({
      client_id: CLIENT.client_id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid offline_access',
      prompt: 'consent',
      resource: 'https://api.example.com',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const interaction = await browser.follow('GET', `/auth?${query.toString()}`)
    const resume = await browser.follow('POST', interaction, { username, password: PASSWORD })
    const callback = await browser.follow('GET', resume)
    const code = new URL(callback).searchParams.get('code')
    if (code === null) throw new Error(`no code in ${callback}`)
    const form = {
      ...CLIENT,
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
      resource: 'https://api.example.com',
    }
    return tokensOf(await client.send({ method: 'POST', path: '/token', form }))
  },
  async refresh(client, { refresh }) {
    const form = {
      ...CLIENT,
      grant_type: 'refresh_token',
      refresh_token: refresh,
      resource: 'https://api.example.com',
    }
    return tokensOf(await client.send({ method: 'POST', path: '/token', form }))
  },
  me: async (client, tokens) =>
    expect(await client.send({ method: 'GET', path: '/user', headers: bearer(tokens) }), 200),
  verify: async (client, tokens) =>
    expect(await client.send({ method: 'GET', path: '/verify', headers: bearer(tokens) }), 200),
}

function createBrowser(client: HttpClient) {
  const cookies = new Map<string, string>()

  function keep({ headers }: Answer): void {
    for (const line of (headers['set-cookie'] as string[] | undefined) ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
  }

  return {
    /** Sends the cookies and returns where the answer leads. */
    async follow(method: 'GET' | 'POST', path: string, form?: Record<string, string>) {
      const answer = await client.send({
        method,
        path: path.replace(/^http:\/\/[^/]+/, ''),
        headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === undefined ? {} : { form }),
      })
      keep(answer)
      const { location } = answer.headers
      if (answer.status !== 303 || typeof location !== 'string') expect(answer, 303)
      return location as string
    },
  }
}
