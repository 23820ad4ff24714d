// A process that holds so many streams of the feed open and does nothing with them. They come from
// several addresses of this machine, for one alone may not have as many.
import { request } from 'node:http'

const STREAMS_OF_AN_ADDRESS = 100

const [count = '1', port = ''] = process.argv.slice(2)
let open = 0
let bytes = 0
for (let index = 0; index < Number(count); index++) {
  const headers = { Accept: 'text/event-stream' }
  const path = '/v1/revocations'
  const localAddress = `127.0.1.${1 + Math.floor(index / STREAMS_OF_AN_ADDRESS)}`
  request({ host: '127.0.0.1', port, localAddress, path, headers, agent: false }, (incoming) => {
    if (incoming.statusCode !== 200) throw new Error(`the feed answers ${incoming.statusCode}`)
    if (++open === Number(count)) process.send!('open')
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    incoming.on('end', () => process.exit(1))
  }).end()
}
process.on('message', () => process.send!(bytes))
