import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

import { ConfigurationError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'

export const MASTER_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Version, id of the master key, nonce, ciphertext with its tag. */
const SEALED_TEXT = /^v1\.([\w-]{8})\.([\w-]{16})\.([\w-]{22,})$/

/** Encrypts secrets at rest under the master key. */
export interface Sealing {
  /** `context` names what the secret is for; opening it under another name fails. */
  seal(secret: string, context: string): string
  /** Throws `ConfigurationError` when no master key fits or the text was changed. */
  open(sealed: string, context: string): string
  /** Whether the text was sealed under the master key and not under the previous one. */
  isCurrent(sealed: string): boolean
}

/**
 * AES-256-GCM with a random nonce; the text is `v1.masterKeyId.nonce.ciphertext`, so that a wrong
 * master key is told apart from damage, and the previous one is known by its name: it opens and
 * never seals. Spec: NIST SP 800-38D section 8.2.2.
 */
export function createSealing(
  masterKey: Uint8Array,
  previousMasterKey: Uint8Array | null,
  random: Random,
): Sealing {
  const masterKeyId = idOf(masterKey)
  const masterKeys = new Map([[masterKeyId, masterKey]])
  if (previousMasterKey !== null) masterKeys.set(idOf(previousMasterKey), previousMasterKey)

  return {
    seal(secret, context) {
      const nonce = random(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', masterKey, nonce)
      cipher.setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      const body = Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
      return `v1.${masterKeyId}.${Buffer.from(nonce).toString('base64url')}.${body}`
    },

    open(sealed, context) {
      const [, keyId, nonce, body] = SEALED_TEXT.exec(sealed) ?? []
      if (keyId === undefined || nonce === undefined || body === undefined) throw damaged(context)
      const fitting = masterKeys.get(keyId)
      if (fitting === undefined) throw wrongMasterKey(keyId)
      const bytes = Buffer.from(body, 'base64url')
      try {
        const iv = Buffer.from(nonce, 'base64url')
        // Without the length, a tag cut down to four bytes would do.
        const decipher = createDecipheriv('aes-256-gcm', fitting, iv, { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
        const secret = decipher.update(bytes.subarray(0, -TAG_BYTES))
        return Buffer.concat([secret, decipher.final()]).toString('utf8')
      } catch (error) {
        throw damaged(context, error)
      }
    },

    isCurrent: (sealed) => SEALED_TEXT.exec(sealed)?.[1] === masterKeyId,
  }
}

function idOf(masterKey: Uint8Array): string {
  const digest = createHash('sha256').update('mapae master key id').update(masterKey)
  return digest.digest('base64url').slice(0, 8)
}

function damaged(context: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`The stored ${context} is damaged: restore a backup.`, cause)
}

function wrongMasterKey(keyId: string): ConfigurationError {
  return new ConfigurationError(
    `The keys in this database were encrypted under another master key (id ${keyId}): set MAPAE_MASTER_KEY to that one, or MAPAE_MASTER_KEY_PREVIOUS while you replace it.`,
  )
}
