import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import {
  createClientKey,
  withAssertion,
  type ClientKey,
} from '../../packages/server/tests/oauth/client-key.ts'
import {
  createOAuthWorld,
  query,
  REDIRECT_URI,
  VERIFIER,
  type FormAnswer,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ISSUER } from '../../packages/server/tests/test-mapae.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const world = await createOAuthWorld()
let key: ClientKey
const tokens: Record<string, string> = {}

const isGiven = ({ status }: { status: number }) => status === 200
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const now = () => world.clock.seconds()
const proven = async () => withAssertion(await key.assertion(now()))
const asRobot = async (form: Record<string, string>) =>
  world.token({ ...form, ...(await proven()) })
const hasCode = ({ headers }: FormAnswer) => /[?&]code=/.test(headers.get('location') ?? '')

/**
 * What the server and a client sign, each kind for one use; the last ones say everything that an
 * assertion says, and another type. Spec: RFC 8725 section 3.11.
 */
const kinds: Readonly<Record<string, () => string | Promise<string>>> = {
  'access token': () => tokens['access']!,
  'own access token': () => tokens['own']!,
  'first-party access token': () => tokens['firstAccess']!,
  'ID token': () => tokens['id']!,
  'refresh token': () => tokens['refresh']!,
  'first-party refresh token': () => tokens['firstRefresh']!,
  'introspection answer': () => tokens['introspection']!,
  assertion: () => key.assertion(now()),
  'request object': () =>
    key.requestObject(now(), Object.fromEntries(new URLSearchParams(query('robot')))),
  'DPoP proof': () =>
    key.assertion(now(), { htm: 'POST', htu: `${ISSUER}/oauth/token` }, { typ: 'dpop+jwt' }),
  'access token of a client': () => key.assertion(now(), { client_id: 'robot' }, { typ: 'at+jwt' }),
}

interface Place {
  readonly takes: readonly string[]
  readonly isTaken: (token: string) => Promise<boolean>
}

const places: Readonly<Record<string, Place>> = {
  'user info': {
    takes: ['access token'],
    isTaken: async (token) =>
      isGiven(await world.send('GET', '/oauth/userinfo', null, bearer(token))),
  },
  'the first-party API': {
    takes: ['first-party access token'],
    isTaken: async (token) => isGiven(await world.call('GET', '/v1/me', undefined, bearer(token))),
  },
  'a client’s proof of itself': {
    takes: ['assertion'],
    isTaken: async (token) =>
      isGiven(await world.token({ grant_type: 'client_credentials', ...withAssertion(token) })),
  },
  'the grant of assertions': {
    takes: ['assertion'],
    isTaken: async (token) =>
      isGiven(await asRobot({ grant_type: `${GRANT}jwt-bearer`, assertion: token })),
  },
  'token exchange': {
    takes: ['access token', 'own access token'],
    isTaken: async (token) =>
      isGiven(
        await asRobot({
          grant_type: `${GRANT}token-exchange`,
          subject_token: token,
          subject_token_type: ACCESS_TOKEN,
        }),
      ),
  },
  'a signed request': {
    takes: ['request object'],
    isTaken: async (request) => {
      const asked = { client_id: 'robot', redirect_uri: REDIRECT_URI, request }
      return hasCode(
        await world.send('GET', `/oauth/authorize?${new URLSearchParams(asked).toString()}`, null),
      )
    },
  },
  id_token_hint: {
    takes: ['ID token'],
    isTaken: async (token) => hasCode(await world.authorize('robot', { id_token_hint: token })),
  },
  'the grant of codes': {
    takes: [],
    isTaken: async (code) =>
      isGiven(await asRobot({ grant_type: 'authorization_code', code, code_verifier: VERIFIER })),
  },
  'a first-party refresh': {
    takes: ['first-party refresh token'],
    isTaken: async (token) =>
      isGiven(await world.call('POST', '/v1/refresh', { refresh_token: token })),
  },
  'a refresh': {
    takes: ['refresh token'],
    isTaken: async (token) =>
      isGiven(await asRobot({ grant_type: 'refresh_token', refresh_token: token })),
  },
}

before(async () => {
  const first = await world.signUp('mina')
  world.signIn(first.user.id)
  key = await createClientKey('robot')
  await world.createClient('robot', {
    authenticationMethod: 'private_key_jwt',
    grants: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      `${GRANT}jwt-bearer`,
      `${GRANT}token-exchange`,
    ],
    jwks: key.jwks,
  })
  const code = await world.code('robot')
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  const { body } = await asRobot(form)
  const own = await asRobot({ grant_type: 'client_credentials' })
  const asked = Object.entries({ token: body.access_token as string, ...(await proven()) })
  const accept = { Accept: 'application/token-introspection+jwt' }
  Object.assign(tokens, {
    access: body.access_token,
    id: body.id_token,
    refresh: body.refresh_token,
    own: own.body.access_token,
    firstAccess: first.access_token,
    firstRefresh: first.refresh_token,
    introspection: (await world.send('POST', '/oauth/introspect', asked, accept)).text,
  })
})

after(() => world.close())

for (const [place, { takes, isTaken }] of Object.entries(places)) {
  test(`${place} takes what is for it and no other token, whoever signed it`, async () => {
    const taken: string[] = []
    for (const [kind, make] of Object.entries(kinds)) {
      if (await isTaken(await make())) taken.push(kind)
    }
    assert.deepEqual(taken, takes)
  })
}
