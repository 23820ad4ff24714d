import {
  createPasswordStrengthEstimator,
  type PasswordStrength,
  type PasswordStrengthEstimator,
} from '../src/login/password-strength.ts'

/** What tests sign up with when their subject is another: password-policy.test.ts tries each. */
export const STRONG_PASSWORDS: ReadonlySet<string> = new Set([
  'purple-otter-vs-9-lamps',
  'purple-otter-vs-9-lamps!',
  'purple-otter-vs-9-lamps-new',
  'violet-badger-vs-7-drums',
])

const strong: PasswordStrength = {
  guesses: Number.MAX_VALUE,
  isCommon: false,
  explanation: null,
  suggestions: [],
}

const estimator = createPasswordStrengthEstimator(() => performance.now())

/**
 * One for all servers of a test file. To load the dictionaries takes longer than most tests, so
 * that is done only for passwords whose verdict is not known.
 */
export const sharedPasswordStrength: PasswordStrengthEstimator = {
  async estimate(question, signal) {
    if (signal?.aborted !== true && STRONG_PASSWORDS.has(question.password)) return strong
    return estimator.estimate(question, signal)
  },
  async close() {},
}
