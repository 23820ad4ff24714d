import { generateKeyPairSync, createPrivateKey, randomBytes, sign } from 'node:crypto'

import { Pool } from 'pg'

import { loadArgon2Engine } from '../../packages/server/src/login/argon2-engine.ts'
import { DEFAULT_ARGON2_PARAMETERS } from '../../packages/server/src/login/password-hashing.ts'
import { postgresCpuSeconds } from './cpu.ts'

export interface Floor {
  readonly name: string
  /** CPU seconds per 1,000. */
  readonly cpu: number
  readonly databaseCpu: number
  readonly perSecond: number
}

const MILLISECONDS = 2_000
const CONNECTIONS = 10
const ROWS = 64

/** What no server can do without, alone: in this process, so with no HTTP around it. */
export async function measureFloors(databaseUrl: string): Promise<Floor[]> {
  return [
    await measureUpdate(databaseUrl),
    await measureLoop('ES256 signature', 1, signOnce()),
    await measureLoop('Argon2id hash, 19 MiB', 1, await hashOnce()),
  ]
}

async function measureUpdate(databaseUrl: string): Promise<Floor> {
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS })
  await pool.query('CREATE TABLE floor (id integer PRIMARY KEY, value integer NOT NULL)')
  await pool.query(`INSERT INTO floor SELECT n, 0 FROM generate_series(0, ${ROWS - 1}) AS n`)
  const update = {
    name: 'floor',
    text: 'UPDATE floor SET value = value + 1 WHERE id = $1 RETURNING value',
  }
  try {
    return await measureLoop('one-row UPDATE … RETURNING', ROWS, async (row) => {
      await pool.query({ ...update, values: [row] })
    })
  } finally {
    await pool.end()
  }
}

function signOnce(): () => Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const text = randomBytes(300)
  return async () => void sign('sha256', text, key)
}

async function hashOnce(): Promise<() => Promise<void>> {
  const engine = await loadArgon2Engine()
  const [password, salt] = [Buffer.from('purple-otter-vs-9-lamps'), randomBytes(16)]
  const input = { password, salt, tagBytes: 32, parameters: DEFAULT_ARGON2_PARAMETERS }
  return async () => void (await engine.derive(input))
}

async function measureLoop(
  name: string,
  lanes: number,
  step: (lane: number) => Promise<void>,
): Promise<Floor> {
  await Promise.all(Array.from({ length: lanes }, (_, lane) => step(lane)))
  let count = 0
  const start = performance.now()
  const [own, database] = [process.cpuUsage(), postgresCpuSeconds()]
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() - start < MILLISECONDS) {
        await step(lane)
        count += 1
      }
    }),
  )
  const { user, system } = process.cpuUsage(own)
  return {
    name,
    cpu: (user + system) / 1000 / count,
    databaseCpu: ((postgresCpuSeconds() - database) * 1000) / count,
    perSecond: (count * 1000) / (performance.now() - start),
  }
}
