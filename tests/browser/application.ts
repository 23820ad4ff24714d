import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An application that sends its user on from the address that it registered to another origin, as
 * many do.
 */
export async function startApplication() {
  let lastAnswer = ''
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url!.startsWith('/callback')) return void outgoing.end('home')
    lastAnswer = incoming.url!
    incoming.on('data', (chunk: Buffer) => (lastAnswer += chunk.toString()))
    incoming.on('end', () => outgoing.writeHead(303, { Location: home }).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origins = [`http://127.0.0.1:${port}`, `http://localhost:${port}`] as const
  const home = `${origins[1]}/home`
  return {
    origins,
    redirectUri: `${origins[0]}/callback`,
    home,
    /** The query and the body of what it was sent last. */
    lastAnswer: () => lastAnswer,
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
