import { createServer, type AddressInfo } from 'node:net'

/** A port of this machine that nothing listens at now. */
export function freePort(): Promise<number> {
  const listener = createServer()
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo
      listener.close(() => resolve(port))
    })
  })
}
