import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Page } from 'playwright-core'

import {
  defaultClientSettings,
  type ClientSettings,
} from '../../packages/server/src/domain/client.ts'
import { PASSWORD } from '../../packages/server/tests/test-mapae.ts'
import { startPageServer } from '../browser/page-server.ts'

/** A server on the loopback interface under its own address, for what is asked over a network. */
export async function createLoopbackWorld() {
  const server = await startPageServer(Math.floor(Date.now() / 1000))
  const account = { username: 'mina', password: PASSWORD, email: 'mina@example.com' }
  const signedUp = await server.mapae.call('POST', '/v1/signup', account)

  return {
    ...server,
    userId: signedUp.body.user.id as string,
    firstPartyToken: signedUp.body.access_token as string,
    async createClient(id: string, settings: Partial<ClientSettings>): Promise<string> {
      const made = await server.mapae.mapae.clients.create(id, {
        ...defaultClientSettings,
        name: `The ${id}`,
        // Of any port: RFC 8252 section 7.3.
        redirectUris: ['http://127.0.0.1/callback'],
        scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'write'],
        ...settings,
      })
      return made.secret ?? ''
    },
    /** What a person does on the hosted pages: signs in, and allows what is asked or does not. */
    async signInAt(page: Page, decision: 'allow' | 'deny' = 'allow'): Promise<void> {
      await page.waitForURL(`${server.url}/sign-in?**`)
      await page.fill('[name=username]', 'mina')
      await page.fill('[name=password]', PASSWORD)
      await page.click('button.primary')
      await page.waitForURL(`${server.url}/consent?**`)
      await page.click(`button[name=decision][value=${decision}]`)
    },
  }
}

/** An application: where it is, which is another origin and another site than the server. */
export async function startApplication(listener: RequestListener) {
  const application = createServer(listener)
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve))
  const { port } = application.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      application.close()
      application.closeAllConnections()
    },
  }
}
