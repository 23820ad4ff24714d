import {
  defaultClientSettings,
  type ClientSettings,
} from '../../packages/server/src/domain/client.ts'
import type { MapaeConfig, MapaeSurroundings } from '../../packages/server/src/main.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../../packages/server/tests/test-mapae.ts'
import { createPageDriver, type PageDriver } from '../../packages/server/tests/ui/page-driver.ts'

export { ISSUER } from '../../packages/server/tests/test-mapae.ts'
export const REDIRECT_URI = 'https://app.example.com/callback'

/**
 * A server that client libraries talk to under its https issuer, without a network in between, and
 * a user with a browser. Everything else is as in production, the clock too.
 */
export async function createCounterpartWorld(
  changes: Partial<MapaeConfig> = {},
  replaced: Partial<MapaeSurroundings> = {},
) {
  const server = await createTestMapae(changes, Math.floor(Date.now() / 1000), replaced)
  const account = { username: 'mina', password: PASSWORD, email: 'mina@example.com' }
  await server.call('POST', '/v1/signup', account)
  const userId = (await server.mapae.stores.users.findByUsernameKey('mina'))!.id

  return {
    ...server,
    server,
    userId,
    /** Takes the place of `fetch` in the libraries; they do not notice. */
    async fetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
      const request = new Request(url, init)
      if (!request.url.startsWith(`${ISSUER}/`)) throw new Error(`${request.url} is not ours`)
      return server.mapae.fetch(request, {
        incoming: { socket: { remoteAddress: '192.0.2.7' } },
      })
    },
    async createClient(id: string, settings: Partial<ClientSettings>): Promise<string> {
      const made = await server.mapae.clients.create(id, {
        ...defaultClientSettings,
        name: `The ${id}`,
        redirectUris: [REDIRECT_URI],
        scopes: ['openid', 'profile', 'email', 'offline_access', 'read'],
        ...settings,
      })
      return made.secret ?? ''
    },
    /**
     * Opens the authorization URL in the user's browser, signs in and consents where asked, and
     * returns where the browser is sent at last.
     */
    async visit(url: URL, browser: PageDriver = createPageDriver(server)): Promise<URL> {
      let answer = await browser.get(url.pathname + url.search)
      for (let pages = 0; pages < 10; pages++) {
        if (answer.location === null) throw new Error(`${answer.status} ${answer.text}`)
        const next = new URL(answer.location, ISSUER)
        if (next.origin !== ISSUER) return next
        const path = next.pathname + next.search
        if (next.pathname === '/sign-in') {
          answer = await browser.submit(path, { username: 'mina', password: PASSWORD })
        } else if (next.pathname === '/consent') {
          answer = await browser.submit(path, { decision: 'allow' })
        } else answer = await browser.get(path)
      }
      throw new Error('the browser goes round in circles')
    },
  }
}

export type CounterpartWorld = Awaited<ReturnType<typeof createCounterpartWorld>>
