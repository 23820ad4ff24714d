import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AuthorizationRequest, Prompt } from '../../src/domain/authorization-request.ts'
import { defaultClientSettings, type Client } from '../../src/domain/client.ts'
import type { Consent } from '../../src/domain/consent.ts'
import type { UserId } from '../../src/domain/ids.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import {
  decideNextStep,
  type NextStep,
  type SignedIn,
  type Situation,
} from '../../src/oauth/authorize/next-step.ts'

const NOW = 1_800_000_000 as UnixSeconds

const plainRequest: AuthorizationRequest = {
  clientId: 'app',
  redirectUri: 'https://app.example.com/callback',
  responseMode: 'query',
  state: null,
  scopes: ['openid', 'read'],
  resources: ['https://api.example.com'],
  codeChallenge: 'a-challenge',
  nonce: null,
  prompts: [],
  maxAgeSeconds: null,
  loginHint: null,
  uiLocales: [],
  acrValues: [],
  requiredAcrValues: null,
  requestedClaims: { id_token: { email: null } },
  expectedSubject: null,
  dpopKeyThumbprint: null,
}
const plainClient: Client = {
  ...defaultClientSettings,
  id: 'app',
  secrets: [],
  version: 1,
  createdAt: NOW,
  changedAt: NOW,
  deletedAt: null,
}
const whole: Consent = {
  userId: 'mina' as UserId,
  clientId: 'app',
  grants: [{ resource: 'https://api.example.com', scopes: plainRequest.scopes }],
  claims: ['email'],
  redirectUri: plainRequest.redirectUri,
  grantedAt: NOW,
}

/** Every class that a sign-in can be of; what is reached by the strong way is of both. */
const reachableAcrValues = ['strong', 'weak']

const yesOrNo = [false, true]
const promptValues: readonly Prompt[] = ['login', 'consent', 'select_account']
const dimensions = {
  prompts: [
    ['none'] as const,
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((bits) => promptValues.filter((_, bit) => bits & (1 << bit))),
  ],
  maxAgeSeconds: [null, 0, 60],
  expectedSubject: [null, 'mina'],
  requiredAcrValues: [null, ['strong'], ['other', 'weak'], ['other']],
  signedIn: [
    null,
    ...[60, 61].flatMap((age) =>
      ['mina', 'jun'].flatMap((subject) =>
        [['weak'], reachableAcrValues].flatMap((acrValues) =>
          yesOrNo.flatMap((isForThis) =>
            yesOrNo.map((isChosen): SignedIn => {
              const authenticatedAt = (NOW - age) as UnixSeconds
              return { authenticatedAt, subject, acrValues, isForThis, isChosen }
            }),
          ),
        ),
      ),
    ),
  ],
  isApproved: yesOrNo,
  consent: [null, { ...whole, grants: [{ ...whole.grants[0]!, scopes: ['openid'] }] }, whole],
  isTrusted: yesOrNo,
  isClientAssured: yesOrNo,
}

type Combination = {
  readonly [Name in keyof typeof dimensions]: (typeof dimensions)[Name][number]
}

function situationOf(combination: Combination): Situation {
  const { isTrusted, signedIn, isApproved, consent, isClientAssured, ...asked } = combination
  return {
    request: { ...plainRequest, ...asked },
    client: { ...plainClient, isTrusted },
    signedIn,
    isDenied: false,
    isApproved,
    consent,
    isClientAssured,
    reachableAcrValues,
    now: NOW,
  }
}

/** Every value of each dimension with every value of all others, and what is decided then. */
const decided = Object.entries(dimensions)
  .reduce<object[]>(
    (all, [name, values]: [string, readonly unknown[]]) =>
      all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
  .map((combination) => {
    const situation = situationOf(combination as Combination)
    return { combination, situation, step: decideNextStep(situation) }
  })

const errorOf = (step: NextStep) => (step.kind === 'error' ? step.error : null)
const isDone = ({ kind }: NextStep) => kind === 'done'
const asksForPassword = ({ prompts, maxAgeSeconds }: AuthorizationRequest) =>
  prompts.includes('login') || maxAgeSeconds === 0
const isMet = ({ requiredAcrValues }: AuthorizationRequest, there: readonly string[]) =>
  requiredAcrValues === null || requiredAcrValues.some((one) => there.includes(one))
/** Whoever signed in for this is another user, or could do no better. */
const isVain = ({ request, signedIn }: Situation) =>
  signedIn !== null &&
  signedIn.isForThis &&
  ((request.expectedSubject !== null && signedIn.subject !== request.expectedSubject) ||
    !isMet(request, signedIn.acrValues))
const isWhole = ({ consent }: Situation) => consent === whole

/** What holds whatever else is the case: when the first is so, the second is. */
const invariants: readonly [
  string,
  (situation: Situation, step: NextStep) => boolean,
  (situation: Situation, step: NextStep) => boolean,
][] = [
  [
    'a no is told, whatever else is so',
    () => true,
    (situation) => errorOf(decideNextStep({ ...situation, isDenied: true })) === 'access_denied',
  ],
  [
    'nobody is denied who did not say no',
    () => true,
    (_, step) => errorOf(step) !== 'access_denied',
  ],
  [
    'what no sign-in reaches is told at once',
    () => true,
    ({ request, signedIn }, step) => {
      const isUnreachable = !isMet(request, reachableAcrValues)
      const isTooWeak = signedIn?.isForThis === true && !isMet(request, signedIn.acrValues)
      const isUnmet = errorOf(step) === 'unmet_authentication_requirements'
      return isUnreachable ? isUnmet : !isUnmet || isTooWeak
    },
  ],
  [
    'a code is of a class that is required',
    (_, step) => isDone(step),
    ({ request, signedIn }) => isMet(request, signedIn!.acrValues),
  ],
  [
    'who is signed in less well than is required is asked to sign in again',
    ({ request, signedIn }) =>
      signedIn !== null &&
      !signedIn.isForThis &&
      isMet(request, reachableAcrValues) &&
      !isMet(request, signedIn.acrValues),
    ({ request }, step) =>
      request.prompts.includes('none')
        ? ['login_required', 'consent_required'].includes(errorOf(step) ?? '')
        : step.kind === 'sign_in',
  ],
  [
    'prompt=none does not tell a client without consent who is signed in',
    ({ request, signedIn, consent, client, isDenied }) =>
      request.prompts.includes('none') &&
      signedIn !== null &&
      consent === null &&
      !client.isTrusted &&
      !isDenied &&
      isMet(request, reachableAcrValues),
    (_, step) => errorOf(step) === 'consent_required',
  ],
  [
    'prompt=none shows no page',
    ({ request }) => request.prompts.includes('none'),
    (_, { kind }) => kind === 'done' || kind === 'error',
  ],
  [
    'who may be asked is asked, unless that is in vain',
    ({ request }) => !request.prompts.includes('none') && isMet(request, reachableAcrValues),
    (situation, step) => (step.kind === 'error') === isVain(situation),
  ],
  [
    'whoever is not signed in gets no code',
    ({ signedIn }) => signedIn === null,
    (_, step) => !isDone(step),
  ],
  [
    'a code is about the user whom the client means',
    ({ request }, step) => isDone(step) && request.expectedSubject !== null,
    ({ request, signedIn }) => signedIn?.subject === request.expectedSubject,
  ],
  [
    'a password that is asked for is typed for this request',
    ({ request }, step) => isDone(step) && asksForPassword(request),
    ({ signedIn }) => signedIn?.isForThis === true,
  ],
  [
    'select_account gets somebody who was chosen, or signed in, for this request',
    ({ request }, step) => isDone(step) && request.prompts.includes('select_account'),
    ({ signedIn }) => signedIn!.isForThis || signedIn!.isChosen,
  ],
  [
    'who must sign in anyway is not asked to choose first',
    (_, { kind }) => kind === 'select_account',
    ({ request, signedIn }) =>
      request.prompts.includes('select_account') &&
      !asksForPassword(request) &&
      isMet(request, signedIn!.acrValues) &&
      (request.expectedSubject === null || request.expectedSubject === signedIn!.subject),
  ],
  [
    'a sign-in is as young as the client wants, or was for this request',
    ({ request }, step) => isDone(step) && request.maxAgeSeconds !== null,
    ({ request, signedIn }) =>
      signedIn!.isForThis || NOW - signedIn!.authenticatedAt <= request.maxAgeSeconds!,
  ],
  [
    'whoever is signed in is asked to sign in for a reason only',
    ({ request, signedIn }) =>
      signedIn !== null &&
      !asksForPassword(request) &&
      request.maxAgeSeconds === null &&
      request.expectedSubject === null &&
      request.requiredAcrValues === null,
    (_, { kind }) => kind !== 'sign_in',
  ],
  [
    'a client has the consent to all that it asks for, or is the operator’s own',
    (_, step) => isDone(step),
    (situation) => isWhole(situation) || situation.client.isTrusted,
  ],
  [
    'a client that another program can stand in for gets a yes to this request, also a trusted one',
    ({ isClientAssured }, step) => isDone(step) && !isClientAssured,
    (situation) => situation.isApproved && isWhole(situation),
  ],
  [
    'prompt=consent gets a yes to this request',
    ({ request }, step) => isDone(step) && request.prompts.includes('consent'),
    (situation) => situation.isApproved && isWhole(situation),
  ],
  [
    'a trusted client that is assured is asked for no consent unless it wants that',
    ({ client, isClientAssured, request }) =>
      client.isTrusted && isClientAssured && !request.prompts.includes('consent'),
    (_, step) => step.kind !== 'consent' && errorOf(step) !== 'consent_required',
  ],
  [
    'a consent that was given once is enough for a client that is assured',
    (situation) =>
      isWhole(situation) &&
      situation.isClientAssured &&
      !situation.request.prompts.includes('consent'),
    (_, step) => step.kind !== 'consent' && errorOf(step) !== 'consent_required',
  ],
]

for (const [name, applies, holds] of invariants) {
  test(`in every situation: ${name}`, () => {
    const concerned = decided.filter(({ situation, step }) => applies(situation, step))
    assert.ok(concerned.length > 0)
    const broken = concerned.find(({ situation, step }) => !holds(situation, step))
    assert.equal(broken, undefined, JSON.stringify(broken))
  })
}

/** What the person at the browser does when asked: as the user whom the client means. */
function answered(situation: Situation, step: NextStep): Situation {
  if (step.kind === 'consent') return { ...situation, isApproved: true, consent: whole }
  const acrValues = reachableAcrValues
  if (step.kind === 'select_account') {
    return { ...situation, signedIn: { ...situation.signedIn!, isChosen: true } }
  }
  const isChosen = false
  const signedIn = { authenticatedAt: NOW, subject: 'mina', acrValues, isForThis: true, isChosen }
  // It may have been somebody else who said yes before.
  return { ...situation, signedIn, isApproved: false }
}

test('from every situation: nobody is asked for the same twice, and the end is a code', () => {
  for (const { combination, ...first } of decided) {
    let { situation, step } = first
    const asked: string[] = []
    while (step.kind !== 'done' && step.kind !== 'error') {
      assert.ok(!asked.includes(step.kind), JSON.stringify({ combination, asked, step }))
      asked.push(step.kind)
      situation = answered(situation, step)
      step = decideNextStep(situation)
    }
    if (asked.length > 0) assert.deepEqual(step, { kind: 'done' }, JSON.stringify(combination))
  }
})

test('a consent is enough when it has every scope at every resource, and every single claim', () => {
  const isSignedIn = { authenticatedAt: NOW, subject: 'mina', acrValues: [] }
  const signedIn = { ...isSignedIn, isForThis: false, isChosen: false }
  const situation = {
    client: plainClient,
    signedIn,
    isDenied: false,
    isApproved: false,
    isClientAssured: true,
    reachableAcrValues,
    now: NOW,
  }
  const step = (consent: Consent, clientId = 'app') =>
    decideNextStep({ ...situation, request: { ...plainRequest, clientId }, consent })
  const [here] = whole.grants
  const elsewhere = { ...here!, resource: 'https://other.example.com' }
  const less = { ...here!, scopes: ['openid'] }
  for (const [enough, changes] of [
    [true, { grants: [elsewhere, here!] }],
    [true, { grants: [{ ...here!, scopes: [...here!.scopes, 'more'] }] }],
    [false, { grants: [elsewhere] }],
    [false, { grants: [elsewhere, less] }],
    [false, { grants: [] }],
    [true, { claims: ['email', 'more'] }],
    [false, { claims: [] }],
    [true, { redirectUri: 'https://app.example.com/other' }],
  ] as const) {
    const { kind } = step({ ...whole, ...changes })
    assert.equal(kind, enough ? 'done' : 'consent', JSON.stringify(changes))
  }
  // Of a client that no operator knows: it says itself where its users go.
  for (const stranger of ['dyn_app', 'https://app.example.com/client.json']) {
    assert.equal(step(whole, stranger).kind, 'done')
    assert.equal(step({ ...whole, redirectUri: 'https://evil.example/' }, stranger).kind, 'consent')
  }
})
