// Serves the pages below examples/pages: /plain/, /react/ and /orders/.
// First make the pages known to the server, since they are of another origin:
//   npm run mapae -- client create pages --public --trusted --redirect http://localhost:3100/ --web-origin http://localhost:3100
//   MAPAE_ISSUER=http://localhost:4400 PORT=3100 node --conditions=mapae-source examples/serve-pages.ts
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { pageFile } from './page-files.ts'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'

const server = createServer((request, response) => {
  void pageFile(request.url ?? '/', issuer).then((file) => {
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' })
    response.end(file?.text ?? 'There is nothing here.')
  })
})
server.listen(Number(process.env['PORT'] ?? 3100), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
})
