import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

import { ConfigurationError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'

export const MASTER_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts secrets at rest under the master key. */
export interface Sealing {
  /** `context` names what the secret is for; opening it under another name fails. */
  seal(secret: string, context: string): string
  /** Throws `ConfigurationError` when the master key is another one or the text was changed. */
  open(sealed: string, context: string): string
}

/**
 * AES-256-GCM with a random nonce; the text is `v1.masterKeyId.nonce.ciphertext`, so that a wrong
 * master key is told apart from damage. Spec: NIST SP 800-38D section 8.2.2.
 */
export function createSealing(masterKey: Uint8Array, random: Random): Sealing {
  const masterKeyId = createHash('sha256')
    .update('mapae master key id')
    .update(masterKey)
    .digest('base64url')
    .slice(0, 8)

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
      const [version, keyId, nonce, body] = sealed.split('.', 4)
      if (version !== 'v1' || keyId === undefined || nonce === undefined || body === undefined) {
        throw new ConfigurationError(`The stored ${context} is damaged: restore a backup.`)
      }
      if (keyId !== masterKeyId) {
        throw new ConfigurationError(
          `The keys in this database were encrypted under another master key (id ${keyId}): set MAPAE_MASTER_KEY to that one.`,
        )
      }
      const bytes = Buffer.from(body, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', masterKey, Buffer.from(nonce, 'base64url'))
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
        const secret = decipher.update(bytes.subarray(0, -TAG_BYTES))
        return Buffer.concat([secret, decipher.final()]).toString('utf8')
      } catch (error) {
        throw new ConfigurationError(`The stored ${context} is damaged: restore a backup.`, error)
      }
    },
  }
}
