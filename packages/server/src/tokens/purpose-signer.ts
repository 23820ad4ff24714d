import { createSigner, type ClaimsToSign, type Key } from '@mapae/jwt'

import type { KeyPurpose } from '../domain/signing-key.ts'
import type { KeyRotation } from './key-rotation.ts'
import type { SigningKeys } from './signing-keys.ts'

/**
 * Signs with the key of a purpose that signs now. The first one of a purpose is made when it is
 * needed, once however many ask.
 */
export interface PurposeSigner {
  (purpose: KeyPurpose, typ: string, claims: ClaimsToSign): Promise<string>
  /** Makes the key of the purpose when there is none, so that nobody has to wait for it. */
  prepare(purpose: KeyPurpose): Promise<void>
}

export function createPurposeSigner(keys: SigningKeys, rotation: KeyRotation): PurposeSigner {
  const making = new Map<KeyPurpose, Promise<void>>()
  const signers = new Map<string, { key: Key; sign: (claims: ClaimsToSign) => string }>()

  function prepare(purpose: KeyPurpose): Promise<void> {
    if (keys.of(purpose).canSign) return Promise.resolve()
    const running =
      making.get(purpose) ??
      rotation
        .makeFirst(purpose)
        .then(() => keys.follow())
        .finally(() => making.delete(purpose))
    making.set(purpose, running)
    return running
  }

  function signerFor(purpose: KeyPurpose, typ: string) {
    const key = keys.of(purpose).signing
    const name = `${purpose} ${typ}`
    const known = signers.get(name)
    if (known?.key === key) return known.sign
    const signer = { key, sign: createSigner({ key, typ }) }
    signers.set(name, signer)
    return signer.sign
  }

  async function signNow(purpose: KeyPurpose, typ: string, claims: ClaimsToSign): Promise<string> {
    if (!keys.of(purpose).canSign) await prepare(purpose)
    return signerFor(purpose, typ)(claims)
  }

  return Object.assign(signNow, { prepare })
}
