import { parentPort } from 'node:worker_threads'
import { type MatchExtended, ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary as commonDictionary } from '@zxcvbn-ts/language-common'
import { dictionary as englishDictionary, translations } from '@zxcvbn-ts/language-en'
import { koreanDictionaries } from './korean-passwords.ts'
import type { PasswordStrength, StrengthQuestion } from './password-strength.ts'

// Read look-alike substitutions ("p4ssw0rd") in at most this many ways: the estimate's cost grows
// with it and its verdicts do not.
const LOOK_ALIKE_READINGS = 10

const warnings = {
  ...translations.warnings,
  userInputs: 'Names of you or of this service are easy to guess.',
}

const estimator = new ZxcvbnFactory({
  dictionary: { ...commonDictionary, ...englishDictionary, ...koreanDictionaries },
  graphs: adjacencyGraphs,
  translations: { ...translations, warnings },
  l33tMaxSubstitutions: LOOK_ALIKE_READINGS,
})

// The estimator looks words up in plain objects, where these two words find what every object
// inherits and spoil the sum: "horse__proto__" counted 3 guesses. Nothing in this thread needs them.
Reflect.deleteProperty(Object.prototype, 'constructor')
Reflect.deleteProperty(Object.prototype, '__proto__')

function estimate({ password, personalWords }: StrengthQuestion): PasswordStrength {
  const { guesses, sequence, feedback } = estimator.check(password, [...personalWords])
  return {
    guesses,
    isCommon: sequence.length === 1 && sequence.every(isCommonPassword),
    explanation: feedback.warning,
    suggestions: feedback.suggestions,
  }
}

function isCommonPassword(match: MatchExtended): boolean {
  return match.pattern === 'dictionary' && String(match['dictionaryName']).startsWith('passwords')
}

parentPort!.on('message', (question: StrengthQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort!.postMessage(estimate(question))
})
