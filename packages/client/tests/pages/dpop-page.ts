// A page whose tokens are bound to a key of the device.
import { dpop } from '../../src/dpop.ts'
import { createMapae } from '../../src/index.ts'

declare const location: { readonly origin: string }

const mapae = createMapae({
  issuer: location.origin,
  clientId: 'web',
  apis: [location.origin],
  store: dpop(),
})
mapae.subscribe(() => {})

async function callAtOnce(count: number): Promise<number[]> {
  const calls = Array.from({ length: count }, async () => {
    const { status } = await mapae.fetch(`${location.origin}/v1/me`)
    return status
  })
  return Promise.all(calls)
}

Object.assign(globalThis, { mapae, callAtOnce })
