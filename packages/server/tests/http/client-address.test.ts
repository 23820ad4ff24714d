import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createClientAddress } from '../../src/http/client-address.ts'
import { createTestMapae, PASSWORD } from '../test-mapae.ts'

const PROXY = '10.0.0.9'
const behindProxies = createClientAddress(['10.0.0.0/8', '2001:db8:ffff::/48', '203.0.113.7'])

interface Case {
  readonly name: string
  readonly connection: string | undefined
  readonly headers: Record<string, string>
  readonly expected: string | null
}

const forwardedFor = (value: string) => ({ 'X-Forwarded-For': value })
const forwarded = (value: string) => ({ Forwarded: value })

const cases: Case[] = [
  { name: 'no header', connection: PROXY, headers: {}, expected: PROXY },
  { name: 'no connection', connection: undefined, headers: {}, expected: null },
  {
    name: 'a stranger who claims to be somebody else',
    connection: '198.51.100.4',
    headers: { ...forwardedFor('192.0.2.1'), ...forwarded('for=192.0.2.1') },
    expected: '198.51.100.4',
  },
  {
    name: 'one proxy',
    connection: PROXY,
    headers: forwardedFor('198.51.100.4'),
    expected: '198.51.100.4',
  },
  {
    name: 'what the client claimed before the proxy added what it saw',
    connection: PROXY,
    headers: forwardedFor('192.0.2.1, 198.51.100.4'),
    expected: '198.51.100.4',
  },
  {
    name: 'two proxies',
    connection: PROXY,
    headers: forwardedFor('192.0.2.1, 198.51.100.4, 203.0.113.7'),
    expected: '198.51.100.4',
  },
  {
    name: 'proxies all the way',
    connection: PROXY,
    headers: forwardedFor('10.1.1.1, 10.2.2.2'),
    expected: '10.1.1.1',
  },
  {
    name: 'a proxy that wrote no address',
    connection: PROXY,
    headers: forwardedFor('192.0.2.1, unknown'),
    expected: PROXY,
  },
  {
    name: 'a port behind the address',
    connection: PROXY,
    headers: forwardedFor('198.51.100.4:4711'),
    expected: '198.51.100.4',
  },
  {
    name: 'a proxy seen as IPv4 in IPv6',
    connection: `::ffff:${PROXY}`,
    headers: forwardedFor('198.51.100.4'),
    expected: '198.51.100.4',
  },
  {
    name: 'an IPv6 proxy and client',
    connection: '2001:db8:ffff::1',
    headers: forwardedFor('2001:DB8::4'),
    expected: '2001:db8::4',
  },
  {
    name: 'Forwarded',
    connection: PROXY,
    headers: forwarded('for=192.0.2.1, for=198.51.100.4;proto=https;by=10.0.0.9'),
    expected: '198.51.100.4',
  },
  {
    name: 'Forwarded with IPv6 and a port',
    connection: PROXY,
    headers: forwarded('For="[2001:db8::4]:4711"'),
    expected: '2001:db8::4',
  },
  {
    name: 'Forwarded, obfuscated',
    connection: PROXY,
    headers: forwarded('for=_hidden'),
    expected: PROXY,
  },
  {
    name: 'an open quotation that wants to swallow what the proxy adds',
    connection: PROXY,
    headers: forwarded('for="192.0.2.1, for=198.51.100.4'),
    expected: '198.51.100.4',
  },
  {
    name: 'both headers, of one mind',
    connection: PROXY,
    headers: { ...forwardedFor('198.51.100.4'), ...forwarded('for=198.51.100.4') },
    expected: '198.51.100.4',
  },
  {
    name: 'both headers by proxies that wrote one each',
    connection: PROXY,
    headers: { ...forwardedFor('198.51.100.4, 203.0.113.7'), ...forwarded('for=198.51.100.4') },
    expected: '198.51.100.4',
  },
  {
    name: 'a Forwarded header that the proxy only let pass',
    connection: PROXY,
    headers: { ...forwardedFor('198.51.100.4'), ...forwarded('for=192.0.2.1') },
    expected: PROXY,
  },
  {
    name: 'an X-Forwarded-For header that the proxy only let pass',
    connection: PROXY,
    headers: { ...forwardedFor('192.0.2.1'), ...forwarded('for=198.51.100.4') },
    expected: PROXY,
  },
]

for (const { name, connection, headers, expected } of cases) {
  test(`client address: ${name}`, () => {
    assert.equal(behindProxies(connection, new Headers(headers)), expected)
  })
}

test('without trusted proxies no header is believed', () => {
  const clientAddress = createClientAddress([])
  const headers = new Headers({ ...forwardedFor('192.0.2.1'), ...forwarded('for=192.0.2.1') })
  assert.equal(clientAddress('127.0.0.1', headers), '127.0.0.1')
})

test('what is neither an address nor a network is refused at start', () => {
  for (const proxy of ['proxy.example', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/-1', '']) {
    assert.throws(() => createClientAddress([proxy]), { name: 'ConfigurationError' }, proxy)
  }
})

test('forwarding headers of strangers do not widen the limit of their address', async () => {
  const server = await createTestMapae({ signInLimitAddress: 3, trustedProxies: [PROXY] })
  after(() => server.close())
  const guess = async (from: string, headers: Record<string, string>, username = 'nobody') => {
    const credentials = { username, password: PASSWORD }
    return (await server.call('POST', '/v1/login', credentials, headers, from)).status
  }
  const statuses = []
  for (let index = 0; index < 5; index++) {
    const claim = `192.0.2.${index}`
    const headers = { ...forwardedFor(claim), ...forwarded(`for=${claim}`) }
    statuses.push(await guess('198.51.100.4', headers))
  }
  assert.deepEqual(statuses, [401, 401, 401, 429, 429])
  // The same through the proxy, which appends to one header and lets the other pass.
  const through = []
  for (let index = 0; index < 5; index++) {
    const headers = { ...forwardedFor('198.51.100.5'), ...forwarded(`for=192.0.2.${index}`) }
    through.push(await guess(PROXY, headers))
  }
  assert.deepEqual(through, [401, 401, 401, 429, 429])
  const honest = forwardedFor('198.51.100.6')
  assert.equal(await guess(PROXY, honest, 'somebody else'), 401)
})

test('one IPv6 network of /64 counts as one address', async () => {
  const server = await createTestMapae({ signInLimitAddress: 3 })
  after(() => server.close())
  const guess = async (from: string) => {
    const credentials = { username: 'nobody', password: PASSWORD }
    return (await server.call('POST', '/v1/login', credentials, {}, from)).status
  }
  const statuses = []
  for (const from of [
    '2001:db8:1:2::1',
    '2001:db8:1:2:ffff::9',
    '2001:db8:1:2:a:b:c:d',
    '2001:0DB8:1:2::4',
    '2001:db8:1:2:0:0:0:5',
  ]) {
    statuses.push(await guess(from))
  }
  assert.deepEqual(statuses, [401, 401, 401, 429, 429])
  assert.equal(await guess('2001:db8:1:3::1'), 401)
  assert.equal(await guess('2001:db8::1'), 401)
  assert.equal(await guess('::ffff:192.0.2.77'), 401)
})
