import { defaultClientSettings } from '../domain/client.ts'
import type { Mapae } from '../main.ts'

const DEMO_CLIENT_ID = 'demo'

/** Makes the client that examples and the demo page use: public, on this machine only. */
export async function prepareDemoClient({ clients, stores, issuer }: Mapae): Promise<string> {
  if ((await stores.clients.find(DEMO_CLIENT_ID)) === null) {
    await clients.create(DEMO_CLIENT_ID, {
      ...defaultClientSettings,
      name: 'Demo',
      grants: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      redirectUris: [`${issuer}/demo`, 'http://127.0.0.1/callback', 'http://[::1]/callback'],
      postLogoutRedirectUris: [`${issuer}/demo`],
      webOrigins: [new URL(issuer).origin],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    })
  }
  return DEMO_CLIENT_ID
}
