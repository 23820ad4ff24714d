import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Record<string, string>
  readonly json?: unknown
  readonly form?: Record<string, string>
}

/** One client with one connection, which it keeps. */
export interface HttpClient {
  send(call: Call): Promise<Answer>
  close(): void
}

/** `address` is what the client says its own is, as a proxy in front of the server would. */
export function createHttpClient(url: string, address: string): HttpClient {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    send: ({ method, path, headers, json, form }) =>
      new Promise((resolve, reject) => {
        const body = bodyOf(json, form)
        const outgoing = request(
          {
            agent,
            hostname,
            port,
            method,
            path,
            headers: {
              ...headers,
              ...body.headers,
              'User-Agent': 'bench',
              'X-Forwarded-For': address,
            },
          },
          (incoming) => {
            let text = ''
            incoming.setEncoding('latin1')
            incoming.on('data', (chunk: string) => (text += chunk))
            incoming.on('end', () => {
              resolve({ status: incoming.statusCode!, headers: incoming.headers, body: text })
            })
            incoming.on('error', reject)
          },
        )
        outgoing.on('error', reject)
        outgoing.end(body.text)
      }),
    close: () => agent.destroy(),
  }
}

function bodyOf(json: unknown, form: Record<string, string> | undefined) {
  if (json === undefined && form === undefined) return { headers: {}, text: undefined }
  const text = form === undefined ? JSON.stringify(json) : String(new URLSearchParams(form))
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
  const headers = { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(text)) }
  return { headers, text }
}

/** The answer if it has the status; otherwise the benchmark is wrong and stops. */
export function expect(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer
  throw new Error(`expected ${status}, got ${answer.status}: ${answer.body.slice(0, 300)}`)
}
