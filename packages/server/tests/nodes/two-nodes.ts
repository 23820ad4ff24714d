import assert from 'node:assert/strict'
import { after, before } from 'node:test'

import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'
import { createTestMapae, type TestAnswer, type TestMapae } from '../test-mapae.ts'

export interface TwoNodes {
  /** Two whole servers on one PostgreSQL; clocks stand still unless moved together. */
  readonly nodes: readonly [TestMapae, TestMapae]
  readonly databaseUrl: string
  readonly advance: (seconds: number) => void
}

/** One server for all pairs of a file. */
let postgres: Promise<TestPostgres> | undefined
let pairs = 0

/** Starts them before the tests of the file and stops them after. `query` is added to the URL. */
export function useTwoNodes(query = ''): () => TwoNodes {
  let started: TwoNodes | undefined

  before(async () => {
    pairs++
    postgres ??= startTestPostgres()
    const databaseUrl = (await (await postgres).createDatabase()) + query
    const settings = { databaseUrl, signInLimitAccount: 1000 }
    const first = await createTestMapae(settings)
    const second = await createTestMapae(settings)
    started = {
      nodes: [first, second],
      databaseUrl,
      advance(seconds) {
        for (const { clock } of [first, second]) clock.advance(seconds)
      },
    }
  })

  after(async () => {
    await Promise.all(started!.nodes.map((node) => node.close()))
    pairs--
    if (pairs === 0) await (await postgres!).close()
  })

  return () => started!
}

export function refresh(node: TestMapae, refreshToken: string, key?: string): Promise<TestAnswer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key }
  return node.call('POST', '/v1/refresh', { refresh_token: refreshToken }, headers)
}

export function me(node: TestMapae, { access_token }: { access_token: string }) {
  return node.call('GET', '/v1/me', undefined, node.bearer(access_token))
}

export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

/** How long the node still accepts the access token; fails when that is longer than allowed. */
export async function millisecondsUntilRefused(
  node: TestMapae,
  tokens: { access_token: string },
  longest: number,
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const { status, body } = await me(node, tokens)
    const milliseconds = performance.now() - start
    if (status === 401) {
      assert.equal(body.reason, 'session_ended')
      return milliseconds
    }
    assert.ok(milliseconds < longest, `still accepted after ${milliseconds} ms`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
