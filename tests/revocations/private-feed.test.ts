import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { createOAuthWorld } from '../../packages/server/tests/oauth/relying-party.ts'
import { AUDIENCE, ISSUER, listen } from '../../packages/server/tests/test-mapae.ts'
import { mapae } from '../../packages/verify/src/index.ts'

test('@mapae/verify follows a private feed with the credentials of its client', async () => {
  const world = await createOAuthWorld({ revocationFeed: 'private' })
  const web = await listen(world.server)
  const clientSecret = await world.createClient('orders-api', {
    authenticationMethod: 'client_secret_basic',
    grants: ['client_credentials'],
    redirectUris: [],
    scopes: ['revocations'],
    audiences: [ISSUER],
  })
  const options = {
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => world.clock.seconds(),
    fetch: (url: string, init: RequestInit) => fetch(url.replace(ISSUER, web.url), init),
  }
  const trusted = mapae({ ...options, feedCredentials: { clientId: 'orders-api', clientSecret } })
  const stranger = mapae(options)
  try {
    const { access_token, refresh_token } = await world.signUp('mina')
    const authorization = `Bearer ${access_token}`
    const request = { method: 'GET', url: '/', authorization, dpop: undefined }
    for (const guard of [trusted, stranger]) {
      assert.equal((await guard()(request)).answer, undefined)
    }
    assert.deepEqual([trusted.health().feed, trusted.health().lastError], ['streaming', null])
    assert.equal(stranger.health().lastError, 'feed_forbidden')

    await world.call('POST', '/v1/logout', { refresh_token })
    const deadline = performance.now() + 1000
    while ((await trusted()(request)).answer === undefined) {
      assert.ok(performance.now() < deadline, 'still accepted')
      await sleep(1)
    }
    // Whoever cannot read the feed has only the expiry.
    assert.equal((await stranger()(request)).answer, undefined)
  } finally {
    trusted.close()
    stranger.close()
    await web.close()
    await world.close()
  }
})
