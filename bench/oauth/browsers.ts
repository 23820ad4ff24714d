import { createHttpClient, expect, type Answer } from '../server/http-client.ts'
import { PASSWORD } from '../server/drivers/driver.ts'

const REDIRECT_URI = 'https://app.example.com/callback'
const VERIFIER = 'a'.repeat(43)
/** SHA-256 of `VERIFIER`. */
const CHALLENGE = 'ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA'

/** Gets one more code through the browser; the parameters of its exchange. */
export type CodeMaker = () => Promise<Record<string, string>>

function authorizeQuery(more: Record<string, string> = {}): string {
  return new URLSearchParams({
    client_id: 'bench',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access api',
    resource: 'https://api.example.com',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...more,
  }).toString()
}

/** A browser that is signed in to the hosted pages. */
export async function signInAtMapae(url: string): Promise<CodeMaker> {
  const browser = createBrowser(url)
  const page = await browser.send('GET', '/sign-in')
  const [, formToken = ''] = /name="form_token" value="([^"]+)"/.exec(page.body) ?? []
  const credentials = { form_token: formToken, username: 'user0', password: PASSWORD }
  expect(await browser.send('POST', '/sign-in', credentials), 303)
  return async () => codeOf(await browser.send('GET', `/oauth/authorize?${authorizeQuery()}`))
}

/** A browser that is signed in to oidc-provider, whose user consented. */
export async function signInAtPeer(url: string): Promise<CodeMaker> {
  const browser = createBrowser(url)
  const follow = async (method: 'GET' | 'POST', path: string, form?: Record<string, string>) => {
    const answer = await browser.send(method, path.replace(/^http:\/\/[^/]+/, ''), form)
    const { location } = answer.headers
    if (answer.status !== 303 || typeof location !== 'string') expect(answer, 303)
    return location as string
  }
  const first = await follow('GET', `/auth?${authorizeQuery({ prompt: 'consent' })}`)
  const resume = await follow('POST', first, { username: 'user0', password: PASSWORD })
  await follow('GET', resume)
  return async () => codeOf(await browser.send('GET', `/auth?${authorizeQuery()}`))
}

function codeOf(answer: Answer): Record<string, string> {
  const location = String(answer.headers['location'] ?? '')
  const code = URL.parse(location)?.searchParams.get('code') ?? null
  if (code === null) throw new Error(`no code: ${answer.status} ${location} ${answer.body}`)
  return { code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER }
}

function createBrowser(url: string) {
  const client = createHttpClient(url, '10.0.1.1')
  const cookies = new Map<string, string>()
  return {
    async send(
      method: 'GET' | 'POST',
      path: string,
      form?: Record<string, string>,
    ): Promise<Answer> {
      const answer = await client.send({
        method,
        path,
        headers: {
          Cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
          'Sec-Fetch-Site': 'same-origin',
        },
        ...(form === undefined ? {} : { form }),
      })
      for (const line of (answer.headers['set-cookie'] as string[] | undefined) ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      return answer
    },
  }
}
