import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  /** The URL as it leads through the proxy. */
  readonly url: string
  /** From now on nothing passes, and nobody is told: as when a cable is pulled. */
  swallow(): void
  /** New connections pass again; the old ones stay dead. */
  pass(): void
  close(): Promise<void>
}

/** A proxy in front of a database server; it hands on what clients send to `overhear` too. */
export async function startTcpProxy(
  databaseUrl: string,
  overhear: (chunk: Buffer) => void = () => {},
): Promise<TcpProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isSwallowing = false

  const server = createServer((client) => {
    client.on('data', overhear)
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (!isSwallowing && !from.isPaused()) to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!isSwallowing) to.destroy()
      })
    }
    if (isSwallowing) client.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    swallow() {
      isSwallowing = true
      for (const socket of sockets) socket.pause()
    },
    pass() {
      isSwallowing = false
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
