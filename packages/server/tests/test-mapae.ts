import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { getRequestListener } from '@hono/node-server'

import type { UnixSeconds } from '../src/domain/time.ts'
import { createMapae, type Logger, type MapaeConfig, type MapaeSurroundings } from '../src/main.ts'
import { sharedPasswordStrength } from './shared-password-strength.ts'

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://api.example.com'
export const PASSWORD = 'purple-otter-vs-9-lamps'
/** Where calls come from unless they say otherwise. */
export const ADDRESS = '192.0.2.1'

/** A clock that only moves when told. */
export function createTestClock(start = 1_800_000_000) {
  let now = start
  return {
    seconds: () => now as UnixSeconds,
    milliseconds: () => now * 1000,
    advance(seconds: number) {
      now += seconds
    },
  }
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: any
}

/** A whole server on a fresh database, its clock in the test's hand, called without a network. */
export async function createTestMapae(
  changes: Partial<MapaeConfig> = {},
  startsAt?: number,
  replaced: Partial<MapaeSurroundings> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-test-'))
  const clock = createTestClock(startsAt)
  const config: MapaeConfig = {
    issuer: ISSUER,
    audience: AUDIENCE,
    databaseUrl: `sqlite:${join(folder, 'mapae.db')}`,
    migrations: 'apply',
    masterKey: new Uint8Array(32).fill(7),
    previousMasterKey: null,
    keyRotationDays: 90,
    keepsKeysUp: false,
    accessTokenSeconds: 600,
    refreshIdleSeconds: 30 * 86_400,
    refreshAbsoluteSeconds: 180 * 86_400,
    refreshGraceSeconds: 10,
    revocationFeed: 'public',
    browserIdleSeconds: 7 * 86_400,
    browserAbsoluteSeconds: 30 * 86_400,
    signup: 'open',
    clientRegistration: 'closed',
    clientMetadataDocuments: 'off',
    hashConcurrency: 2,
    hashQueue: 64,
    signInLimitAccount: 10,
    signInLimitAddress: 1000,
    trustedProxies: [],
    clientCertificateHeader: null,
    clientCertificateVerifyHeader: null,
    auditRetentionDays: 90,
    brand: { name: 'Mapae', color: '#8a5a18', logo: null },
    logger: silentLogger,
    ...changes,
  }
  const surroundings = {
    clock,
    random: (byteCount: number) => randomBytes(byteCount),
    monotonicMilliseconds: () => performance.now(),
    passwordStrength: sharedPasswordStrength,
    ...replaced,
  }
  let mapae = await createMapae(config, surroundings)

  async function call(
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
    address = ADDRESS,
  ): Promise<TestAnswer> {
    const body = json === undefined ? null : JSON.stringify(json)
    const contentType = body === null ? {} : { 'Content-Type': 'application/json' }
    const request = new Request(config.issuer + path, {
      method,
      body,
      headers: { ...contentType, ...headers },
    })
    const response = await mapae.fetch(request, {
      incoming: { socket: { remoteAddress: address } },
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    }
  }

  return {
    get mapae() {
      return mapae
    },
    clock,
    config,
    surroundings,
    call,
    bearer: (accessToken: string) => ({ Authorization: `Bearer ${accessToken}` }),
    /** Makes an account and returns the token response. */
    async signUp(username = 'mina') {
      return (await call('POST', '/v1/signup', { username, password: PASSWORD })).body
    },
    /** A new process on the same database, with settings changed where told. */
    async restart(changed: Partial<MapaeConfig> = {}) {
      await mapae.close()
      mapae = await createMapae({ ...config, ...changed }, surroundings)
    },
    async close() {
      try {
        await mapae.close()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

export type TestMapae = Awaited<ReturnType<typeof createTestMapae>>

/** The same server behind a real HTTP server on the loopback interface. */
export async function listen({ mapae }: TestMapae) {
  const listener = getRequestListener((request, connection) => mapae.fetch(request, connection))
  const server = createServer({ joinDuplicateHeaders: true }, (incoming, outgoing) => {
    void listener(incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
