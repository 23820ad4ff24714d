// A page that offers the client to the test that drives it.
import { createMapae } from '../../src/index.ts'

const mapae = createMapae({ issuer: location.origin, clientId: 'web', apis: [location.origin] })
mapae.subscribe(() => {})

/** Calls the API that many times at once and tells the statuses. */
async function callAtOnce(count: number): Promise<number[]> {
  const calls = Array.from({ length: count }, async () => {
    const { status } = await mapae.fetch(`${location.origin}/v1/me`)
    return status
  })
  return Promise.all(calls)
}

Object.assign(globalThis, { mapae, callAtOnce })

declare const location: { readonly origin: string }
