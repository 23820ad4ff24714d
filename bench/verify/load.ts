// Clients with a connection each, in a process of their own, that send the next request when they
// have the answer to the last. `node load.ts TOKENS_FILE`; the parent says whom to ask and how long.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

export interface LoadOrder {
  readonly port: number
  readonly milliseconds: number
  /** `new`: tokens are taken one after the other; otherwise each client keeps its own. */
  readonly traffic: 'known' | 'new'
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
}

const CLIENTS = 32
const tokens = readFileSync(process.argv[2]!, 'utf8').split('\n')
let nextToken = CLIENTS

/** As little as works: answers have a length, and none is longer than a packet. */
function work({ port, milliseconds, traffic }: LoadOrder, index: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    const start = performance.now()
    let requests = 0
    let text = ''
    const send = () => {
      if (traffic === 'new' && nextToken === tokens.length) nextToken = CLIENTS
      const token = tokens[traffic === 'new' ? nextToken++ : index]
      socket.write(`GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`, 'latin1')
    }
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (!isWhole(text)) return
      if (!text.startsWith('HTTP/1.1 200')) {
        reject(new Error(text))
        return
      }
      text = ''
      requests++
      if (performance.now() - start < milliseconds) return send()
      socket.destroy()
      resolve(requests)
    })
    send()
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  if (text.endsWith('0\r\n\r\n') && text.includes('chunked')) return true
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return length !== undefined && text.length - end - 4 >= Number(length)
}

process.on('message', (order: LoadOrder) => {
  const start = performance.now()
  Promise.all(Array.from({ length: CLIENTS }, async (_, index) => work(order, index))).then(
    (counts) => {
      const requests = counts.reduce((sum, count) => sum + count, 0)
      process.send!({ requests, seconds: (performance.now() - start) / 1000 } satisfies LoadResult)
    },
    (error: unknown) => process.send!({ failed: String(error) }),
  )
})
