import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { RevocationTable } from '../src/revocations/revocation-table.ts'

const NOW = 1_800_000_000

/** What the server makes, what other issuers make, and what differs from those in one bit. */
const identifiers = fc.oneof(
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.constantFrom('AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg'),
  // Loose bits, another alphabet: not the canonical form of anything.
  fc.constantFrom('AAAAAAAAAAAAAAAAAAAAAB', 'AAAAAAAAAAAAAAAAAAAAA+', 'AAAAAAAAAAAAAAAAAAAAAé'),
  fc.string({ minLength: 1, maxLength: 24 }),
)

test('the table answers as a map would', () => {
  const steps = fc.array(
    fc.record({
      identifier: identifiers,
      issuedBefore: fc.integer({ min: 1, max: 0xffff_ffff }),
      lifeSeconds: fc.integer({ min: 1, max: 100 }),
      passes: fc.integer({ min: 0, max: 20 }),
    }),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(steps, fc.array(identifiers), (added, asked) => {
      const table = new RevocationTable()
      const model = new Map<string, { issuedBefore: number; forgetAt: number }>()
      let now = NOW
      for (const { identifier, issuedBefore, lifeSeconds, passes } of added) {
        now += passes
        const forgetAt = now + lifeSeconds
        const old = model.get(identifier)
        model.set(identifier, {
          issuedBefore: Math.max(issuedBefore, old?.issuedBefore ?? 0),
          forgetAt: Math.max(forgetAt, old?.forgetAt ?? 0),
        })
        table.add(identifier, issuedBefore, forgetAt, now)
        if (passes === 20) table.forget(now)
      }
      for (const [identifier, { issuedBefore, forgetAt }] of model) {
        // One that may be forgotten may be there still, and need not.
        if (forgetAt <= now) continue
        const found = table.issuedBefore(identifier)
        assert.ok(found > 0 && found <= issuedBefore)
      }
      for (const identifier of asked) {
        if (!model.has(identifier)) assert.equal(table.issuedBefore(identifier), 0)
      }
    }),
  )
})

test('many entries take little, and what nobody needs any more is given back', () => {
  const table = new RevocationTable()
  const identifiersOf = (count: number) =>
    Array.from({ length: count }, () => randomBytes(16).toString('base64url'))
  const old = identifiersOf(50_000)
  for (const identifier of old) table.add(identifier, 0xffff_ffff, NOW + 600, NOW)
  const young = identifiersOf(50_000)
  for (const identifier of young) table.add(identifier, 0xffff_ffff, NOW + 1200, NOW + 300)
  assert.equal(table.size, 100_000)
  assert.ok(table.bytes <= 100_000 * 24 * 1.8, `${table.bytes} bytes`)
  assert.ok([...old, ...young].every((identifier) => table.issuedBefore(identifier) !== 0))
  assert.ok(identifiersOf(1000).every((identifier) => table.issuedBefore(identifier) === 0))
  table.forget(NOW + 601)
  assert.equal(table.size, 50_000)
  assert.ok(table.bytes <= 50_000 * 24 * 1.8)
  assert.ok(young.every((identifier) => table.issuedBefore(identifier) !== 0))
  assert.ok(old.every((identifier) => table.issuedBefore(identifier) === 0))
})

test('identifiers that begin alike, as time-ordered ones do, are found as fast', () => {
  const table = new RevocationTable()
  const made = Array.from({ length: 20_000 }, (_, index) => {
    const bytes = Buffer.alloc(16)
    bytes.writeUInt32BE(0x0192_3456, 0)
    bytes.writeUInt32BE(index, 12)
    return bytes.toString('base64url')
  })
  const start = performance.now()
  for (const identifier of made) table.add(identifier, 1, NOW + 600, NOW)
  for (const identifier of made) assert.equal(table.issuedBefore(identifier), 1)
  // Were they all in one chain, this would take minutes.
  assert.ok(performance.now() - start < 2000)
})
