import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Balancer {
  readonly port: number
  /** Connections that are open, by the port they lead to. */
  open(port: number): number
  /** Cuts every other connection to the port. */
  cutHalf(port: number): void
  /** Sends new connections to these ports only, as when a node is not ready any more. */
  use(ports: readonly number[]): void
  close(): void
}

/** Hands connections to the ports in turn, and to the next one when a port is not there. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let targets = ports
  let turn = 0
  const open = new Map<Socket, number>()

  function pass(client: Socket, tries: number): void {
    const port = targets[turn++ % targets.length]!
    const upstream = connect(port, '127.0.0.1')
    upstream.once('connect', () => {
      open.set(client, port)
      client.pipe(upstream).pipe(client)
    })
    upstream.once('error', () => {
      if (!open.has(client) && tries > 1) pass(client, tries - 1)
      else client.destroy()
    })
    upstream.once('close', () => {
      if (open.has(client)) client.destroy()
    })
    client.once('close', () => {
      open.delete(client)
      upstream.destroy()
    })
  }

  const server = createServer((client) => {
    client.on('error', () => {})
    pass(client, targets.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    open: (port) => [...open.values()].filter((one) => one === port).length,
    cutHalf(port) {
      const there = [...open].filter(([, one]) => one === port)
      for (const [index, [client]] of there.entries()) if (index % 2 === 0) client.destroy()
    },
    use(wanted) {
      targets = wanted
    },
    close() {
      server.close()
      for (const client of open.keys()) client.destroy()
    },
  }
}
