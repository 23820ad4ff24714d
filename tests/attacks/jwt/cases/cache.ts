import type { CacheStep } from '../attack-case.ts'
import { claimsOf, forge, headerOf, now, withSignature } from '../token-forge.ts'
import type { Collector } from './collect.ts'

export function addCacheCases(all: Collector): void {
  const key = all.key('ES256')
  const good = forge(key)
  const starting = forge(key, headerOf(key), claimsOf({ nbf: now + 50 }))
  const flipped = withSignature(good, (signature) => {
    signature[10]! ^= 1
    return signature
  })
  const twin = withSignature(good, (signature) => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`)
    return Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ])
  })
  const own: CacheStep = { at: now, replaceKeys: ['ES256'] }
  const hit = (at: number, verify: string, expect: string): CacheStep => ({ at, verify, expect })
  const stories: [string, string, CacheStep[]][] = [
    [
      'a token stays good',
      'accepted',
      [own, hit(now, good, 'accepted'), hit(now + 599, good, 'accepted')],
    ],
    [
      'a token expires in it',
      'expired',
      [own, hit(now, good, 'accepted'), hit(now + 600, good, 'expired')],
    ],
    [
      'the clock goes back behind nbf',
      'not_yet_valid',
      [
        own,
        hit(now + 60, starting, 'accepted'),
        hit(now + 60, starting, 'accepted'),
        hit(now + 10, starting, 'not_yet_valid'),
      ],
    ],
    [
      'a key is taken away',
      'key_unknown',
      [
        own,
        hit(now, good, 'accepted'),
        { at: now, replaceKeys: ['RS256-b'] },
        hit(now, good, 'key_unknown'),
      ],
    ],
    [
      'a key is taken away and comes back',
      'accepted',
      [
        own,
        hit(now, good, 'accepted'),
        { at: now, replaceKeys: [] },
        hit(now, good, 'key_unknown'),
        own,
        hit(now, good, 'accepted'),
      ],
    ],
    [
      'the signature differs in the middle',
      'signature_invalid',
      [own, hit(now, good, 'accepted'), hit(now, flipped, 'signature_invalid')],
    ],
    [
      'the payload differs',
      'signature_invalid',
      [own, hit(now, good, 'accepted'), hit(now, splice(good, starting), 'signature_invalid')],
    ],
    [
      'a bad token does not enter',
      'signature_invalid',
      [own, hit(now, flipped, 'signature_invalid'), hit(now, flipped, 'signature_invalid')],
    ],
    [
      'an expired token does not enter',
      'expired',
      [
        own,
        hit(now + 900, good, 'expired'),
        hit(now, good, 'accepted'),
        hit(now + 900, good, 'expired'),
      ],
    ],
    [
      'the twin signature is verified for itself',
      'accepted',
      [own, hit(now, good, 'accepted'), hit(now, twin, 'accepted')],
    ],
    [
      'a dot behind a known token',
      'token_malformed',
      [own, hit(now, good, 'accepted'), hit(now, `${good}.`, 'token_malformed')],
    ],
  ]
  for (const keeps of ['token', 'digest'] as const) {
    for (const [title, expect, steps] of stories) {
      all.add({
        kind: 'cache',
        area: 'cache',
        id: `cache of ${keeps}s: ${title}`,
        source: 'RFC 7519 §7.2',
        expect,
        keeps,
        steps,
      })
    }
  }
}

/** The payload of one token, and around it another's. */
function splice(around: string, inside: string): string {
  const parts = around.split('.')
  return parts.with(1, inside.split('.')[1]!).join('.')
}
