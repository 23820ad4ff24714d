// A process that holds so many streams of the feed open and does nothing with them.
import { request } from 'node:http'

const [count = '1', port = ''] = process.argv.slice(2)
let open = 0
let bytes = 0
for (let index = 0; index < Number(count); index++) {
  const headers = { Accept: 'text/event-stream' }
  const path = '/v1/revocations'
  request({ host: '127.0.0.1', port, path, headers, agent: false }, (incoming) => {
    if (incoming.statusCode !== 200) throw new Error(`the feed answers ${incoming.statusCode}`)
    if (++open === Number(count)) process.send!('open')
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    incoming.on('end', () => process.exit(1))
  }).end()
}
process.on('message', () => process.send!(bytes))
