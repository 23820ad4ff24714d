import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { conformancePage, countOf, plans, readModules } from './modules.ts'
import { findFault } from './named-test.ts'

const modules = readModules()

/** How many modules each plan has: a line that is lost does not pass as one that is covered. */
const sizes: Readonly<Record<string, number>> = {
  'oidcc-basic-certification-test-plan': 39,
  'oidcc-config-certification-test-plan': 1,
  'oidcc-dynamic-certification-test-plan': 23,
  'oidcc-rp-initiated-logout-certification-test-plan': 11,
  'oidcc-backchannel-rp-initiated-logout-certification-test-plan': 2,
  'oidcc-frontchannel-rp-initiated-logout-certification-test-plan': 2,
  'fapi2-security-profile-final-test-plan': 68,
}

for (const [plan, title] of Object.entries(plans)) {
  const own = modules.filter((one) => one.plan === plan)
  test(`conformance, our reading: ${title}: ${countOf(own)}`, () => {
    assert.equal(own.length, sizes[plan])
    assert.equal(new Set(own.map(({ module }) => module)).size, own.length, 'each once')
    for (const { module, file, test: name, notApplicable, notCovered } of own) {
      assert.ok(notApplicable === undefined || notCovered === undefined, module)
      const reason = notApplicable ?? notCovered
      if (reason !== undefined) {
        assert.ok(reason !== '' && file === undefined && name === undefined, module)
        continue
      }
      assert.equal(findFault({ file: file!, name: name! }), null, module)
    }
  })
}

test('every module is of a plan that is listed', () => {
  assert.deepEqual([...new Set(modules.map(({ plan }) => plan))], Object.keys(plans))
})

test('a test that is not there is found out', () => {
  const file = 'tests/conformance/modules.test.ts'
  assert.equal(findFault({ file, name: 'a test that is not there is found out' }), null)
  // What this searches for must not stand in this file.
  assert.match(findFault({ file, name: ['no', 'such', 'test'].join('-') })!, /has no test/)
  assert.match(findFault({ file: 'tests/gone.test.ts', name: 'a' })!, /does not exist/)
  assert.match(findFault({ file: 'README.md', name: 'Mapae' })!, /is no file of tests/)
  const data = { file: 'tests/attacks/assertions.jsonl', name: 'of another server' }
  assert.match(findFault(data)!, /has no test/)
})

test('the page beside this file is made from the modules', () => {
  const written = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const how = 'run: node --conditions=mapae-source scripts/conformance-page.ts'
  assert.equal(written, conformancePage(modules), how)
})
