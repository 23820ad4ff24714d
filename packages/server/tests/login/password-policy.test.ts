import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import { MapaeError } from '../../src/domain/errors.ts'
import { type PasswordOwner, createPasswordPolicy } from '../../src/login/password-policy.ts'
import { STRONG_PASSWORDS } from '../shared-password-strength.ts'

const owner: PasswordOwner = { username: 'MinjiKim', email: 'mj.kim@example.com' }
const threads: Worker[] = []
process.on('worker', (thread) => threads.push(thread))

const policy = createPasswordPolicy(() => performance.now())
after(() => policy.close())

async function reasonFor(password: string, whose: PasswordOwner = owner): Promise<string> {
  const verdict = await policy.check(password, whose)
  return verdict.ok ? 'accepted' : verdict.reason
}

test('what needs no dictionary starts no thread', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'too_short'],
    ['k8vQz2L', 'too_short'],
    ['안녕하세요', 'too_short'],
    ['안녕하세요'.normalize('NFD'), 'too_short'],
    ['🐴'.repeat(7), 'too_short'],
    ['x'.repeat(257), 'too_long'],
    ['x'.repeat(10_000_000), 'too_long'],
    ['k8vQz2Lp9r\ud800', 'malformed_text'],
    ['xx-MINJIKIM-7261', 'contains_username'],
    ['xx-ｍｉｎｊｉｋｉｍ-7261', 'contains_username'],
    ['xx-mj.KIM-7261', 'contains_username'],
    ['mj.kim@example.com', 'contains_username'],
  ]
  for (const [password, reason] of cases) {
    assert.equal(await reasonFor(password), reason, password.slice(0, 40))
  }
  assert.equal(threads.length, 0)
})

test('a Korean name is found in Hangul and as typed in Latin mode, an e-mail user name too', async () => {
  const korean = { username: '김민지', email: null }
  assert.equal(await reasonFor('xx-김민지-7261', korean), 'contains_username')
  assert.equal(await reasonFor('xx-rlaalswl-7261', korean), 'contains_username')
  const email = { username: 'hyunwoo@example.com', email: null }
  assert.equal(await reasonFor('xx-hyunwoo-7261', email), 'contains_username')
})

test('a very short name does not forbid every word that holds it', async () => {
  const short = { username: 'kim', email: 'k@example.com' }
  assert.equal(await reasonFor('kimchi zebra lantern orbit', short), 'accepted')
  assert.equal(await reasonFor('kimkimkim', short), 'guessable')
})

test('common and guessable passwords are refused, others are not', async () => {
  const cases: Record<string, readonly string[]> = {
    too_common: [
      'password',
      'PASSWORD',
      'P@ssw0rd1',
      'iloveyou2',
      'qwertyuiop',
      'qwer1234',
      '1q2w3e4r',
      'tkfkdgo486',
      'dkssudgktpdy',
      'qlalfqjsgh',
    ],
    guessable: [
      'aaaaaaaa',
      'abcdefgh',
      '20010315',
      'password1234',
      'trustno1trustno1',
      'rlaalswl12',
      'dkssud1234',
      '사랑해사랑해사랑해',
      '비밀번호비밀번호',
      'Mapae2026',
      'constructor',
      'blue42sky',
      `${'ab'.repeat(40)} k8vQz2Lp9r`,
    ],
    accepted: [
      'correct horse 9',
      'k8vQz2Lp',
      'zebra lantern orbit',
      '오늘은 비가 많이 온다',
      'dhsmfdmsqlrkaksgdldhsek',
      'Constructor horse',
      'horse__proto__',
      'x7 '.repeat(3).concat('k8vQz2Lp9r'.repeat(24)),
    ],
  }
  for (const [expected, passwords] of Object.entries(cases)) {
    for (const password of passwords) {
      assert.equal(await reasonFor(password), expected, password.slice(0, 40))
    }
  }
  assert.equal(threads.length, 1)
})

test('a refusal helps and does not repeat the password', async () => {
  for (const password of ['short', 'x'.repeat(300), 'minjikim1!', 'qwer1234', 'dkssud1234']) {
    const verdict = await policy.check(password, owner)
    assert.ok(!verdict.ok)
    const words = [verdict.explanation, ...verdict.suggestions]
    for (const text of words) {
      assert.match(text, /^[A-Z].*\.$/)
      assert.ok(!text.includes(password))
    }
  }
  const weak = await policy.check('qwer1234', owner)
  assert.ok(!weak.ok && weak.suggestions.length > 0)
})

test('the passwords that other tests take for strong are', async () => {
  for (const password of STRONG_PASSWORDS) {
    assert.deepEqual(await policy.check(password, owner), { ok: true })
  }
})

test('many checks at once are bounded, and the loop stays free even while dictionaries load', async () => {
  const own = createPasswordPolicy(() => performance.now())
  const before = performance.eventLoopUtilization()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, () => own.check('zebra lantern orbit', owner)),
  )
  const { utilization } = performance.eventLoopUtilization(before)
  await own.close()
  const served = outcomes.filter(({ status }) => status === 'fulfilled')
  assert.equal(served.length, 33)
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    assert.ok(outcome.reason instanceof MapaeError && outcome.reason.code === 'server_busy')
  }
  assert.ok(utilization < 0.5, `${utilization}`)
})

test('a thread that dies fails the question and not the next one', async () => {
  const own = createPasswordPolicy(() => performance.now())
  const question = own.check('zebra lantern orbit', owner)
  await new Promise(setImmediate)
  await own.close()
  await assert.rejects(question, (error) => {
    assert.ok(error instanceof Error)
    assert.doesNotMatch(`${error.message} ${error.stack}`, /zebra/)
    return true
  })
  assert.deepEqual(await own.check('zebra lantern orbit', owner), { ok: true })
  await own.close()
})

test('the thread answers, and then does not keep the process alive', async () => {
  const module = new URL('../../src/login/password-policy.ts', import.meta.url).href
  const program = `
    import { createPasswordPolicy } from ${JSON.stringify(module)}
    const policy = createPasswordPolicy(() => performance.now())
    console.log(await policy.check('zebra lantern orbit', { username: 'minji', email: null }))`
  const options = ['--conditions=mapae-source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 20_000 })
  assert.equal(stdout.trim(), '{ ok: true }')
})
