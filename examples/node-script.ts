// A program that signs in, calls and signs out; the tokens live in its memory:
// MAPAE_DEMO_PASSWORD=… node --conditions=mapae-source examples/node-script.ts
import { createMapae, memory } from '@mapae/client'

const issuer = process.env['MAPAE_ISSUER'] ?? 'http://localhost:4400'
const mapae = createMapae({
  issuer,
  clientId: 'script',
  apis: [`${issuer}/v1/sessions`],
  store: memory(),
})

await mapae.signIn({ username: 'demo', password: process.env['MAPAE_DEMO_PASSWORD'] ?? '' })
const answer = await mapae.fetch(`${issuer}/v1/sessions`)
const { sessions } = (await answer.json()) as { sessions: { device: string }[] }
console.log(`${mapae.current.user?.username}: ${sessions.map(({ device }) => device).join(', ')}`)
await mapae.signOut()
