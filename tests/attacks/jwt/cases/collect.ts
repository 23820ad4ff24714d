import type { AttackCase, KeyInput, TokenCase } from '../attack-case.ts'
import { makeKey, type ForgeKey } from '../token-forge.ts'

export const algorithmNames = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'ML-DSA-44',
  'ML-DSA-65',
  'ML-DSA-87',
]

/** Adds a case about a key. */
export type AddKey = (
  title: string,
  source: string,
  expect: string,
  key: KeyInput,
  use?: 'sign' | 'verify',
) => void

/** Collects cases of one area and numbers them. */
export class Collector {
  readonly cases: AttackCase[] = []
  readonly keys: Record<string, ForgeKey>

  constructor() {
    this.keys = Object.fromEntries(algorithmNames.map((alg) => [alg, makeKey(alg)]))
    this.keys['ES256-other'] = makeKey('ES256', 'kid-ES256-other')
    this.keys['RS256-b'] = makeKey('RS256', 'kid-RS256-b')
  }

  key(name: string): ForgeKey {
    return this.keys[name]!
  }

  /** A token for a verifier with the ES256 key, unless `more` says otherwise. */
  token(
    area: string,
    name: string,
    source: string,
    expect: string,
    token: string,
    more: Partial<Pick<TokenCase, 'keys' | 'options' | 'needs'>> = {},
  ): void {
    this.add({
      kind: 'token',
      area,
      id: `${area}: ${name}`,
      source,
      expect,
      keys: ['ES256'],
      token,
      ...more,
    })
  }

  add(attack: AttackCase): void {
    if (this.cases.some(({ id }) => id === attack.id)) throw new Error(`twice: ${attack.id}`)
    this.cases.push(attack)
  }
}
