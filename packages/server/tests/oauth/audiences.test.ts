import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chooseAudiences } from '../../src/oauth/audiences.ts'

const API = 'https://api.example.com'
const OTHER = 'https://other.example.com'

test('an audience may come again, and with the slash of whoever parsed it', () => {
  const asked = [API, `${API}/`, API, API, API, API]
  assert.deepEqual(chooseAudiences(asked, [API, OTHER], []), [API])
})

/** Thousands of them, each compared with a hundred audiences, kept a node busy for half a second. */
test('more spellings than programs have of an audience are not looked at', () => {
  const asked = [API, `${API}/`, `${API}:443/`]
  assert.throws(() => chooseAudiences(asked, [API], []), { code: 'invalid_target' })
})
