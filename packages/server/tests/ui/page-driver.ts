import assert from 'node:assert/strict'

import { ADDRESS, type TestMapae } from '../test-mapae.ts'

export interface PageAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where it leads, when it does. */
  readonly location: string | null
}

const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }

/**
 * A browser without scripts, as far as the pages need one: it keeps cookies, follows redirects when
 * told and sends forms with the token that the page gave it.
 */
export function createPageDriver(
  mapae: Pick<TestMapae, 'mapae' | 'config'>,
  language = 'en',
  address = ADDRESS,
) {
  const cookies = new Map<string, string>()

  async function send(
    method: string,
    path: string,
    body: string | null,
    headers: Record<string, string>,
  ): Promise<PageAnswer> {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const request = new Request(mapae.config.issuer + path, {
      method,
      body,
      headers: {
        'Accept-Language': language,
        'User-Agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0',
        ...(cookie === '' ? {} : { Cookie: cookie }),
        ...(body === null ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
    })
    const connection = { incoming: { socket: { remoteAddress: address } } }
    const response = await mapae.mapae.fetch(request, connection)
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (/Max-Age=0/.test(line)) cookies.delete(name!)
      else cookies.set(name!, value!)
    }
    const location = response.headers.get('location')
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location,
    }
  }

  const driver = {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => send('GET', path, null, headers),

    /** Sends fields as they are. */
    post: (
      path: string,
      fields: Record<string, string>,
      headers: Record<string, string> = SAME_ORIGIN,
    ) => send('POST', path, new URLSearchParams(fields).toString(), headers),

    /** Opens the page, fills in its form and sends it to where that leads. */
    async submit(path: string, fields: Record<string, string>): Promise<PageAnswer> {
      const page = await driver.get(path)
      assert.equal(page.status, 200, `${path} ${page.location}`)
      return driver.post(formAction(page), { form_token: formToken(page), ...fields })
    },
  }
  return driver
}

export type PageDriver = ReturnType<typeof createPageDriver>

export function formToken({ text }: PageAnswer): string {
  const token = /name="form_token" value="([^"]+)"/.exec(text)?.[1]
  assert.ok(token, 'there is a form')
  return token
}

function formAction({ text }: PageAnswer): string {
  return /<form[^>]* action="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&')
}

/**
 * Without the link to the same page in another language: it has a query alone, which names no place to
 * go to, whatever is in it.
 */
export function withoutSwitch({ text }: { readonly text: string }): string {
  return text.replaceAll(/<a href="\?[^"]*" lang="\w+"/g, '<a')
}
