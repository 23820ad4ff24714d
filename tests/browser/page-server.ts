import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'

import { createTestMapae } from '../../packages/server/tests/test-mapae.ts'

/**
 * A server whose issuer is where it is, so that a browser can follow every redirect. Its clock begins
 * at that second and stands still.
 */
export async function startPageServer(startsAt?: number) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const mapae = await createTestMapae({ issuer: url, signInLimitAccount: 1000 }, startsAt)
  const listener = getRequestListener((request, connection) =>
    mapae.mapae.fetch(request, connection),
  )
  server.on('request', (incoming, outgoing) => void listener(incoming, outgoing))
  return {
    url,
    mapae,
    async stop() {
      server.close()
      server.closeAllConnections()
      await mapae.close()
    },
  }
}
