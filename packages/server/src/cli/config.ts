import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { ConfigurationError } from '../domain/errors.ts'
import type { Logger, MapaeConfig } from '../main.ts'
import { settingTable, type Settings } from '../settings.ts'
import { MASTER_KEY_BYTES } from '../tokens/sealing.ts'
import { readLogo } from './logo.ts'

const { parse: parseMasterKey, variable: masterKeyVariable } = settingTable.masterKey

/** Hashes use the four threads that also serve files: one stays free for those. */
export const MOST_HASHES = 3

/** `dev` makes what is missing, `start` requires it, `operate` works with what is there. */
export type Mode = 'dev' | 'start' | 'operate'

/** Fills in what depends on the command. */
export function resolveConfig(
  settings: Settings,
  mode: Mode,
  port: number,
  logger: Logger,
): MapaeConfig {
  const masterKey = settings.masterKey ?? storedMasterKey(settings.dataDirectory, mode)
  makeDataDirectory(settings.dataDirectory)
  const issuer = settings.issuer ?? `http://localhost:${port}`
  return {
    issuer,
    audience: settings.audience ?? issuer,
    databaseUrl: databaseUrlOf(settings),
    migrations: settings.migrate === 'auto' ? 'apply' : 'check',
    masterKey,
    previousMasterKey: settings.previousMasterKey,
    keyRotationDays: settings.keyRotationDays,
    keepsKeysUp: mode !== 'operate',
    accessTokenSeconds: settings.accessTokenSeconds,
    refreshIdleSeconds: settings.refreshIdleSeconds,
    refreshAbsoluteSeconds: settings.refreshAbsoluteSeconds,
    refreshGraceSeconds: settings.refreshGraceSeconds,
    revocationFeed: settings.revocationFeed ?? (mode === 'dev' ? 'public' : 'private'),
    browserIdleSeconds: settings.browserIdleSeconds,
    browserAbsoluteSeconds: settings.browserAbsoluteSeconds,
    signup: settings.signup ?? (mode === 'dev' ? 'open' : 'closed'),
    clientRegistration: settings.clientRegistration,
    clientMetadataDocuments: settings.clientMetadataDocuments,
    hashConcurrency: settings.hashConcurrency ?? defaultHashConcurrency(),
    hashQueue: settings.hashQueue,
    signInLimitAccount: settings.signInLimitAccount,
    signInLimitAddress: settings.signInLimitAddress,
    trustedProxies: settings.trustedProxies ?? [],
    clientCertificateHeader: settings.clientCertificateHeader,
    clientCertificateVerifyHeader: settings.clientCertificateVerifyHeader,
    auditRetentionDays: settings.auditRetentionDays,
    brand: brandOf(settings),
    logger,
  }
}

function brandOf({ brandName, brandColor, brandLogo }: Settings): MapaeConfig['brand'] {
  return {
    name: brandName,
    color: brandColor,
    logo: brandLogo === null ? null : readLogo(brandLogo),
  }
}

/** One core is left to those who are signed in already: whoever signs in waits, nobody else does. */
function defaultHashConcurrency(): number {
  return Math.max(1, Math.min(availableParallelism() - 1, MOST_HASHES))
}

export function databaseUrlOf({ databaseUrl, dataDirectory }: Settings): string {
  return databaseUrl ?? `sqlite:${join(dataDirectory, 'mapae.db')}`
}

/** In development the master key lies beside the data, readable by its owner only. */
function storedMasterKey(dataDirectory: string, mode: Mode): Uint8Array {
  const path = join(dataDirectory, 'master.key')
  if (mode === 'start') {
    throw new ConfigurationError(
      `${masterKeyVariable} is not set. It must be ${expectedMasterKey()}.`,
    )
  }
  if (mode === 'operate' && !existsSync(path)) {
    throw new ConfigurationError(
      `There are no keys in ${dataDirectory}: set MAPAE_DATA_DIR to the server's folder, or MAPAE_MASTER_KEY.`,
    )
  }
  makeDataDirectory(dataDirectory)
  try {
    const made = randomBytes(MASTER_KEY_BYTES)
    writeFileSync(path, `${made.toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
    return made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const parsed = parseMasterKey(readFileSync(path, 'utf8').trim())
  if ('value' in parsed) return parsed.value
  throw new ConfigurationError(`${path} is damaged: restore it, or delete ${dataDirectory}.`)
}

export function makeDataDirectory(dataDirectory: string): void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
}

function expectedMasterKey(): string {
  const parsed = parseMasterKey('')
  return 'expected' in parsed ? parsed.expected : ''
}
