import { connect } from 'node:net'

const LONGEST_WAIT_MILLISECONDS = 5_000

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** How many answers came on this connection. */
  readonly answers: number
}

/**
 * Sends bytes as they are, where a decent client would refuse or clean them up, and reads until the
 * server closes the connection.
 */
export async function sendRaw(port: number, request: Uint8Array): Promise<RawAnswer> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.setTimeout(LONGEST_WAIT_MILLISECONDS, () =>
      socket.destroy(new Error('The server neither answered nor closed the connection.')),
    )
    socket.on('data', (chunk) => chunks.push(chunk))
    // A server that refuses a large body may close before it has read it all.
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
  return parseAnswer(bytes.toString('utf8').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))
}

function parseAnswer(text: string): RawAnswer {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  if (status === undefined) throw new Error(`This is no answer: ${JSON.stringify(text)}`)
  const [head = '', ...bodies] = text.split('\r\n\r\n')
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
  return {
    status: Number(status),
    headers: new Map(headers),
    body: bodies.join('\r\n\r\n'),
    answers: text.split(/HTTP\/1\.1 \d{3} /).length - 1,
  }
}
