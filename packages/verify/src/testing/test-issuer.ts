import { createSigner, exportJwk, generateKey, type ClaimsToSign, type Key } from '@mapae/jwt'

import { systemSurroundings, type Fetch } from '../surroundings.ts'
import { createProver, type Prove } from './prover.ts'
import { createTestFeed, type TestRevocation } from './test-feed.ts'

/** Claims to put into a test token, over those that it has anyway. Undefined leaves one out. */
export interface TestClaims {
  readonly sub?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly scope?: string | undefined
  readonly sid?: string | undefined
  readonly client_id?: string | undefined
  readonly iat?: number | undefined
  readonly exp?: number | undefined
  readonly [claim: string]: unknown
}

export interface TestIssuerOptions {
  /** Default `https://auth.example.com`. */
  readonly issuer?: string | undefined
  /** Unix time in seconds. Default: the system's. */
  readonly clock?: (() => number) | undefined
  /** Time between batches without entries. Default 5,000. */
  readonly heartbeatMilliseconds?: number | undefined
}

/** An issuer inside of a test: metadata, keys, tokens and the revocation feed, without a network. */
export interface TestIssuer {
  readonly issuer: string
  /** The name of the key that signs. */
  readonly kid: string
  /**
   * Makes an access token: user `test-user`, client `test-client`, a session of its own, 10 minutes.
   * Another `typ` makes another type of token.
   */
  mint(claims?: TestClaims, typ?: string): string
  /** Makes a token that is bound to a key, and a way to prove possession of it. Spec: RFC 9449. */
  mintBound(claims?: TestClaims): Promise<{ readonly accessToken: string; readonly prove: Prove }>
  /** Tells all who follow the feed. */
  revoke(what: TestRevocation): void
  /** Signs with another key from now on; the old one stays published. */
  rotateKey(): void
  /** Answers what a verifier asks the issuer: put it behind a server, or use `fetch`. */
  handle(request: Request): Promise<Response>
  /** `handle` in the form of `fetch`. */
  readonly fetch: Fetch
}

const tokenSeconds = 600

/** Keys and the tokens that they sign. */
function createTestTokens(issuer: string, clock: () => number) {
  const keys: Key[] = []
  let minted = 0
  const current = (): Key => keys.at(-1)!
  const rotate = (): void => {
    keys.push(generateKey('ES256', { kid: `test-${keys.length + 1}` }))
  }
  rotate()
  const sign = (claims: ClaimsToSign, typ: string): string =>
    createSigner({ key: current(), typ, maxTokenLength: 1_048_576 })(claims)
  return {
    keys,
    current,
    rotate,
    sign,
    mint(claims: TestClaims = {}, typ = 'at+jwt'): string {
      const now = clock()
      minted++
      const usual = {
        iss: issuer,
        aud: 'https://api.example.com',
        sub: 'test-user',
        client_id: 'test-client',
        sid: `test-session-${minted}`,
        jti: `test-token-${minted}`,
        iat: now,
      }
      return sign({ ...usual, ...claims, exp: claims.exp ?? now + tokenSeconds }, typ)
    },
  }
}

/** Make an issuer for tests. Nothing of it belongs into a program that runs. */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const { issuer = 'https://auth.example.com', clock = systemSurroundings.clock } = options
  const path = new URL(issuer).pathname.replace(/\/$/, '')
  const tokens = createTestTokens(issuer, clock)
  const feed = createTestFeed({
    issuer,
    tokenSeconds,
    clock,
    heartbeatMilliseconds: options.heartbeatMilliseconds ?? 5000,
    sign: (claims) => tokens.sign(claims, 'revocations+jwt'),
  })

  const answers: Readonly<Record<string, (request: Request) => Response>> = {
    [`/.well-known/oauth-authorization-server${path}`]: () =>
      Response.json({
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        revocations_endpoint: `${issuer}/v1/revocations`,
      }),
    [`${path}/.well-known/jwks.json`]: () =>
      Response.json({ keys: tokens.keys.map((key) => exportJwk(key)) }),
    [`${path}/v1/revocations`]: (request) => feed.answer(request),
  }
  const handle = async (request: Request): Promise<Response> =>
    answers[new URL(request.url).pathname]?.(request) ?? new Response(null, { status: 404 })

  return {
    issuer,
    get kid() {
      return tokens.current().kid ?? ''
    },
    mint: (claims, typ) => tokens.mint(claims, typ),
    async mintBound(claims) {
      const { thumbprint, prove } = await createProver(clock)
      const accessToken = tokens.mint({ ...claims, cnf: { jkt: thumbprint } })
      return { accessToken, prove: async (...request) => prove(accessToken, ...request) }
    },
    revoke: (what) => feed.revoke(what),
    rotateKey: () => tokens.rotate(),
    handle,
    fetch: async (url, init) => handle(new Request(url, init)),
  }
}
