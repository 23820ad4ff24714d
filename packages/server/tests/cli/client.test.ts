import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'

let folder: string

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-client-'))
})

after(() => rmSync(folder, { recursive: true, force: true }))

const mapae = (...words: string[]) => mapaeIn({ MAPAE_ISSUER: 'https://auth.example.com' }, words)

async function mapaeIn(environment: Readonly<Record<string, string>>, words: readonly string[]) {
  let stdout = ''
  let stderr = ''
  const masterKey = Buffer.from(new Uint8Array(32).fill(7)).toString('base64url')
  const exitCode = await run(words, {
    environment: {
      MAPAE_DATA_DIR: folder,
      MAPAE_MASTER_KEY: masterKey,
      ...environment,
    },
    input: Readable.from(['']) as unknown as NodeJS.ReadStream,
    print: (printed) => void (stdout += printed),
    say: (said) => void (stderr += said),
  })
  const jsons = () =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { exitCode, stdout, stderr, jsons }
}

const redirect = ['--redirect', 'https://app.example.com/callback']

test('client create prints what the application must know, its secret only this once', async () => {
  const { stdout, stderr, exitCode } = await mapae('client', 'create', 'web', ...redirect)
  assert.equal(exitCode, 0, stderr)
  const lines = [
    /^issuer +https:\/\/auth\.example\.com$/m,
    /^discovery +https:\/\/auth\.example\.com\/\.well-known\/openid-configuration$/m,
    /^client_id +web$/m,
    /^client_secret +mcs_[\w-]{43}$/m,
    /^redirect_uri +https:\/\/app\.example\.com\/callback$/m,
    /^scope +openid profile email offline_access$/m,
  ]
  for (const line of lines) assert.match(stdout, line)
  assert.match(stderr, /only this once/)
  const listed = await mapae('client', 'list', '--json')
  assert.ok(!listed.stdout.includes('mcs_') && !listed.stdout.includes('secrets'))
  assert.match((await mapae('client', 'list')).stdout, /^web +web +client_secret_basic /m)
})

test('what the server is called is said to be a guess where nothing says it', async () => {
  const create = (name: string) => ['client', 'create', name, ...redirect]
  const guessed = await mapaeIn({}, create('guessed'))
  assert.match(guessed.stdout, /^issuer +http:\/\/localhost:4400$/m)
  assert.match(
    guessed.stderr,
    /^MAPAE_ISSUER is not set here, so http:\/\/localhost:4400 is a guess/,
  )
  const told = await mapaeIn({ MAPAE_PORT: '4477' }, create('told'))
  assert.match(told.stdout, /^issuer +http:\/\/localhost:4477$/m)
  assert.doesNotMatch(told.stderr, /guess/)
})

test('the help has the options by what they are for', async () => {
  const { stdout } = await mapae('client', 'create', '--help')
  const groups = stdout.split(/\n\n(?=[^\n]+:\n)/).map((group) => group.split('\n'))
  const headingOf = (name: string) =>
    groups.find((lines) => lines.some((line) => line.startsWith(`  ${name}`)))?.[0]
  assert.equal(headingOf('--redirect'), 'What it is and may do:')
  assert.equal(headingOf('--require-dpop'), 'What it may omit or must do:')
  assert.equal(headingOf('--encryption-key'), 'When it is an API:')
  assert.equal(headingOf('--public'), 'Options:')
})

test('an application without a redirect URI works for itself; a public one has no secret', async () => {
  const [machine] = (await mapae('client', 'create', 'job', '--scope', 'a', 'b', '--json')).jsons()
  assert.deepEqual(machine.grant_types, ['client_credentials'])
  assert.equal(machine.scope, 'a b')
  assert.match(machine.client_secret, /^mcs_/)
  const [app] = (
    await mapae(
      'client',
      'create',
      'app',
      '--public',
      '--redirect',
      'com.example.app:/cb',
      '--json',
    )
  ).jsons()
  assert.equal(app.token_endpoint_auth_method, 'none')
  assert.equal(app.client_secret, undefined)
})

test('client update changes what is said and nothing else; a list takes the place of another', async () => {
  const uris = ['https://a.example.com/cb', 'https://b.example.com/cb']
  await mapae('client', 'update', 'web', '--redirect', ...uris, '--trusted')
  const [updated] = (
    await mapae('client', 'update', 'web', '--access-token-seconds', '60', '--json')
  ).jsons()
  assert.deepEqual(updated.redirect_uris, uris)
  assert.equal(updated.trusted, true)
  assert.equal(updated.access_token_seconds, 60)
  const [again] = (await mapae('client', 'update', 'web', '--trusted', 'no', '--json')).jsons()
  assert.equal(again.trusted, undefined)
})

test('client update says with what a client signs and is answered, and takes it back', async () => {
  const update = async (options: string) =>
    (await mapae('client', 'update', 'web', ...options.split(' '), '--json')).jsons()[0]
  const said = await update(
    '--assertion-algorithm PS256 --request-object-algorithm ES256 ' +
      '--userinfo-algorithm RS256 --require-issuer-audience ' +
      '--may-omit-pkce --accept-injectable-codes',
  )
  assert.equal(said.token_endpoint_auth_signing_alg, 'PS256')
  assert.equal(said.request_object_signing_alg, 'ES256')
  assert.equal(said.userinfo_signed_response_alg, 'RS256')
  assert.deepEqual([said.require_issuer_audience, said.accept_injectable_codes], [true, true])
  const back = await update(
    '--assertion-algorithm default --request-object-algorithm default ' +
      '--userinfo-algorithm default --require-issuer-audience no ' +
      '--may-omit-pkce no --accept-injectable-codes no',
  )
  assert.deepEqual(
    Object.keys(back).filter((name) =>
      /signing_alg|userinfo|issuer_audience|codes|pkce/.test(name),
    ),
    [],
  )
  const bare = await mapae('client', 'update', 'web', '--accept-injectable-codes')
  assert.equal(bare.exitCode, 2)
  assert.match(bare.stderr, /^mapae: --accept-injectable-codes needs /)
})

test('client rotate-secret makes a second secret and lets the first one live for a while', async () => {
  const secretOf = async () =>
    (await mapae('client', 'rotate-secret', 'web', '--json')).jsons()[0].client_secret
  const [second, third] = [await secretOf(), await secretOf()]
  assert.notEqual(second, third)
  const stored = await import('node:sqlite').then(({ DatabaseSync }) => {
    const database = new DatabaseSync(join(folder, 'mapae.db'))
    const row = database.prepare(`SELECT secrets FROM clients WHERE id = 'web'`).get()
    database.close()
    return JSON.parse(row!['secrets'] as string)
  })
  assert.deepEqual(
    stored.map(({ hash }: { hash: string }) => hash),
    [third, second].map((secret) => hashClientSecret(secret)),
  )
  assert.equal(stored[0].expiresAt, null)
  assert.ok(stored[1].expiresAt - Date.now() / 1000 > 6 * 86_400)
})

test('client update tells when the client cannot prove itself yet', async () => {
  await mapae('client', 'create', 'later', '--public', ...redirect)
  const { stderr } = await mapae('client', 'update', 'later', '--auth', 'client_secret_basic')
  assert.match(stderr, /no secret yet: mapae client rotate-secret later/)
})

test('client create --help shows a client of each kind, and each of them can be made', async () => {
  const { stdout } = await mapae('client', 'create', '--help')
  const examples = stdout.split('Examples:\n')[1]!.replaceAll('\\\n', '')
  const commands = [...examples.matchAll(/mapae (client create .*)$/gm)]
  assert.equal(commands.length, 6)
  for (const [, command] of commands) {
    const { exitCode, stderr } = await mapae(...command!.split(/ +/))
    assert.equal(exitCode, 0, `${command}\n${stderr}`)
  }
})

test('scopes are one word each, however they were quoted', async () => {
  const [job] = (
    await mapae('client', 'create', 'quoted', '--scope', 'read write', 'admin', '--json')
  ).jsons()
  assert.equal(job.scope, 'read write admin')
})

for (const jwk of ['{"kty":"EC","x":"x","d":"private"}', '{"kty":"oct","k":"secret"}', '{}']) {
  test(`keys of a client are public ones, not ${jwk}`, async () => {
    const [set, one] = [join(folder, 'set.json'), join(folder, 'one.json')]
    writeFileSync(set, `{"keys":[${jwk}]}`)
    writeFileSync(one, jwk)
    for (const words of [
      ['--auth', 'private_key_jwt', '--jwks-file', set],
      ['--auth', 'private_key_jwt', '--jwks-file', one],
      ['--resource', 'https://other.example.com', '--encryption-key', one],
    ]) {
      const { exitCode, stderr } = await mapae('client', 'create', 'keys', ...words)
      assert.equal(exitCode, 2)
      assert.match(
        stderr,
        /^mapae: --(jwks-file|resource has an encryption key that) (holds a private|is no JSON Web Key,)/,
      )
    }
  })
}

test('client delete: the name is gone and is not given again', async () => {
  assert.equal((await mapae('client', 'delete', 'job')).exitCode, 0)
  assert.ok(!(await mapae('client', 'list')).stdout.includes('job'))
  assert.equal((await mapae('client', 'delete', 'job')).exitCode, 3)
  const again = await mapae('client', 'create', 'job')
  assert.match(again.stderr, /^mapae: There is or was a client of this name\.\n$/)
})

test('a resource server is a client with an audience and, if it wants, a key', async () => {
  const path = join(folder, 'key.json')
  writeFileSync(path, '{"kty":"EC","crv":"P-256","x":"…","y":"…"}')
  const words = ['--resource', 'https://api.example.com', '--access-token-algorithm', 'RS256']
  const created = await mapae(
    'client',
    'create',
    'api',
    ...words,
    '--encryption-key',
    path,
    '--json',
  )
  const [api] = created.jsons()
  assert.equal(api.resource, 'https://api.example.com')
  assert.equal(api.resource_access_token_alg, 'RS256')
  assert.equal(api.resource_encryption_jwk.kty, 'EC')
  assert.equal(api.grant_types, undefined)
})

test('a resource server opens scopes to clients that nobody knows, and closes them', async () => {
  const words = ['--resource', 'https://files.example.com', '--open-scope']
  const scopes = ['files:read=read = see your files', 'files:write']
  const created = await mapae('client', 'create', 'files', ...words, ...scopes, '--json')
  const [read, write] = created.jsons()[0].open_scopes
  assert.deepEqual(read, { scope: 'files:read', text: 'read = see your files' })
  assert.deepEqual(write, { scope: 'files:write', text: null })
  const told = await mapae('client', 'rotate-secret', 'files')
  assert.match(told.stdout, /open_scope +files:read read = see your files\n/)
  const closed = await mapae('client', 'update', 'files', '--open-scope', '', '--json')
  assert.equal(closed.jsons()[0].open_scopes, undefined)
  const [client] = closed.jsons()
  assert.equal(client.resource, 'https://files.example.com')
})

test('client apply has applications be as a file says, again and again', async () => {
  const path = join(folder, 'clients.json')
  const secret = 'mcs_made-elsewhere'
  const web = {
    client_id: 'declared',
    client_name: '선언된 앱',
    redirect_uris: ['https://declared.example.com/cb'],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret_sha256: [hashClientSecret(secret)],
    scope: 'openid email',
  }
  const api = {
    client_id: 'declared-api',
    grant_types: [],
    resource: 'https://declared.example.com',
    open_scopes: [{ scope: 'read', text: '읽기' }, { scope: 'write' }],
  }
  const apply = async (...clients: object[]) => {
    writeFileSync(path, JSON.stringify({ clients }))
    return mapae('client', 'apply', path, '--json')
  }
  const outcomes = async (...clients: object[]) =>
    (await apply(...clients)).jsons().map(({ outcome }) => outcome)
  assert.deepEqual(await outcomes(web, api), ['created', 'created'])
  assert.deepEqual(await outcomes(web, api), ['unchanged', 'unchanged'])
  assert.deepEqual(await outcomes({ ...web, trusted: true }, api), ['changed', 'unchanged'])
  assert.deepEqual(await outcomes(web), ['changed'])
  const listed = (await mapae('client', 'list', '--json')).jsons()
  const found = listed.find(({ client_id }) => client_id === 'declared')
  assert.deepEqual(
    [found.client_name, found.scope, found.trusted],
    ['선언된 앱', 'openid email', undefined],
  )
  assert.ok(listed.some(({ client_id }) => client_id === 'declared-api'))
  for (const [bad, said] of [
    [{ ...web, redirect_uri: 'x' }, /clients\.0: Unrecognized key/],
    [{ ...web, client_secret_sha256: ['short'] }, /client_secret_sha256/],
    [
      { ...web, client_id: 'new', client_secret_sha256: undefined },
      /: new: .* needs client_secret_sha256/,
    ],
    [
      { ...web, redirect_uris: ['http://evil.example/'] },
      /: declared: redirect_uris .* must be https/,
    ],
    [
      { ...web, open_scopes: [{ scope: 'read' }] },
      /: declared: open_scopes are those of a resource/,
    ],
  ] as const) {
    const refused = await apply(bad)
    assert.match(refused.stderr, said)
    assert.equal(refused.exitCode, 2)
  }
})

test('client apply changes nothing when a later client of the file is refused', async () => {
  const path = join(folder, 'refused.json')
  const first = { client_id: 'first', redirect_uris: ['https://first.example.com/'] }
  for (const second of [{ client_id: 'second', redirect_uris: [] }, first]) {
    writeFileSync(path, JSON.stringify({ clients: [first, second] }))
    const { exitCode, stderr } = await mapae('client', 'apply', path)
    assert.equal(exitCode, 2)
    assert.match(
      stderr,
      /: second: redirect_uris are required|: first: client_id is declared twice/,
    )
  }
  assert.ok(!(await mapae('client', 'list')).stdout.includes('first.example.com'))
})

for (const [words, said] of [
  [['create', 'bad id'], /must be 1 to 64 letters/],
  [['create', 'first-party'], /not "first-party"/],
  [['create', 'x', '--public'], /^mapae: --public needs --redirect, or --grant device_code/],
  [['create', 'x', '--public', '--grant', 'client_credentials'], /: --grant must not have/],
  [['create', 'x', '--redirect', 'http://a.example/'], /^mapae: --redirect "http:.* must be https/],
  [
    ['create', 'x', '--auth', 'private_key_jwt'],
    /^mapae: --jwks-file is missing: private_key_jwt /,
  ],
  [['create', 'x', '--auth', 'self_signed_tls_client_auth'], /--jwks-file is missing: self_signed/],
  [['create', 'x', '--encryption-key', '/nowhere.json'], /--encryption-key needs --resource/],
  [
    ['create', 'x', '--resource', 'https://api.example.com'],
    /--resource .* another client's already/,
  ],
  [['update', 'web'], /Say what to change/],
  [['rotate-secret', 'app'], /token_endpoint_auth_method is none, which uses no secret/],
  [['create', 'x', '--public', '--auth', 'none'], /exclude each other/],
  [['create', 'x', '--access-token-seconds', 'ten'], /must be a number of seconds/],
  [['create', 'x', '--jwks-file', '/nowhere.json'], /cannot be read as JSON/],
  [['update', 'nobody', '--name', 'x'], /^mapae: No client is called nobody\.$/m],
] as const) {
  test(`client ${words.join(' ')}: is refused in one line`, async () => {
    const { exitCode, stderr, stdout } = await mapae('client', ...words)
    assert.ok([1, 2, 3].includes(exitCode), String(exitCode))
    assert.match(stderr, said)
    assert.equal(stderr.trim().split('\n').length, 1)
    assert.equal(stdout, '')
  })
}
