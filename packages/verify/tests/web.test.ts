import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { mapae as Mapae } from '@mapae/verify/fetch'
import { createTestIssuer } from '@mapae/verify/testing'
import { build } from 'esbuild'

const AUDIENCE = 'https://api.example.com'
const SESSION = 'AZ9Cj0sYeBOdw1xYz0123A'

/** The adapter as bundlers make it for runtimes that have WebCrypto and nothing of Node. */
async function importForWeb(): Promise<typeof Mapae> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { mapae } from '@mapae/verify/fetch'",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['mapae-source'],
  })
  const code = encodeURIComponent(outputFiles[0]!.text)
  return ((await import(`data:text/javascript,${code}`)) as { mapae: typeof Mapae }).mapae
}

test('an API in an edge runtime verifies, obeys revocations and checks proofs', async () => {
  const mapae = await importForWeb()
  const testIssuer = createTestIssuer()
  const auth = mapae({ issuer: testIssuer.issuer, audience: AUDIENCE, testIssuer })
  try {
    await auth.ready()
    // What the platform hands to handlers besides the request comes through.
    const handle = auth.scope('orders:read')((_request, { sub }, place: string) =>
      Response.json({ sub, place }),
    )
    const send = async (headers: Record<string, string>) =>
      handle(new Request(`${AUDIENCE}/orders`, { headers }), 'icn')
    const bearer = (claims: object) => ({
      authorization: `Bearer ${testIssuer.mint({ ...claims })}`,
    })
    const scope = 'orders:read'

    const answer = await send(bearer({ scope }))
    assert.deepEqual(await answer.json(), { sub: 'test-user', place: 'icn' })
    assert.equal((await send({})).status, 401)
    assert.equal((await send(bearer({}))).status, 403)
    const expired = await send(bearer({ scope, exp: 1 }))
    assert.equal(((await expired.json()) as { reason: string }).reason, 'expired')

    const { accessToken, prove } = await testIssuer.mintBound({ scope })
    const proof = await prove('GET', `${AUDIENCE}/orders`)
    const bound = { authorization: `DPoP ${accessToken}`, dpop: proof }
    assert.equal((await send(bound)).status, 200)
    assert.equal((await send(bound)).status, 401)

    const known = bearer({ scope, sid: SESSION })
    assert.equal((await send(known)).status, 200)
    testIssuer.revoke({ session: SESSION })
    while (auth.health().revocations === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    const refused = await send(known)
    assert.equal(((await refused.json()) as { reason: string }).reason, 'session_ended')
  } finally {
    auth.close()
  }
})
