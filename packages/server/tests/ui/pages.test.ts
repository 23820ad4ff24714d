import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { createTestMapae, PASSWORD } from '../test-mapae.ts'
import { createPageDriver, formToken } from './page-driver.ts'

const NEW_PASSWORD = 'violet-badger-vs-7-drums'
const SESSION = '__Host-mapae_bs'
const DAY_SECONDS = 86_400

const server = await createTestMapae()
after(() => server.close())
const { stores } = server.mapae

let count = 0
let username = ''
beforeEach(() => {
  username = `user ${count++}`
})

async function signedUp() {
  const browser = createPageDriver(server)
  const answer = await browser.submit('/sign-up', { username, password: PASSWORD })
  assert.deepEqual([answer.status, answer.location], [303, '/account'])
  return browser
}

async function newEvents(body: () => Promise<unknown>) {
  const read = (await stores.events.newest(1)).at(-1)?.sequence ?? 0
  await body()
  return (await stores.events.list(read, 100)).map(({ name, details }) => [
    name,
    details['reason'] ?? details['method'] ?? null,
  ])
}

test('sign-up signs the browser in, with a cookie that scripts and other sites do not get', async () => {
  const browser = createPageDriver(server)
  const events = await newEvents(async () => {
    const answer = await browser.submit('/sign-up', { username, password: PASSWORD })
    const line = answer.headers.getSetCookie().find((one) => one.startsWith(SESSION))
    assert.match(line!, /; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  })
  assert.deepEqual(events, [
    ['user.created', null],
    ['login.succeeded', 'signup'],
    ['browser_session.started', null],
  ])
  const account = await browser.get('/account')
  assert.equal(account.status, 200)
  assert.match(account.text, new RegExp(`Signed in as ${username}`))
  assert.match(account.text, /Firefox on Windows/)
})

test('sign-in does, out is out, and each is told', async () => {
  const browser = await signedUp()
  const out = await newEvents(async () => {
    const answer = await browser.submit('/sign-out', {})
    assert.deepEqual([answer.status, answer.location], [303, '/signed-out'])
  })
  assert.deepEqual(out, [['browser_session.ended', 'logout']])
  assert.equal((await browser.get('/account')).location, '/sign-in')
  assert.match((await browser.get('/signed-out')).text, /You are signed out/)
  const into = await newEvents(async () => {
    const answer = await browser.submit('/sign-in', { username, password: PASSWORD })
    assert.equal(answer.location, '/account')
  })
  assert.deepEqual(into, [
    ['login.succeeded', 'password'],
    ['browser_session.started', null],
  ])
  assert.equal((await browser.get('/sign-in')).location, '/account')
})

test('a wrong password and an unknown user get the same page', async () => {
  await signedUp()
  const pages = []
  for (const name of [username, `nobody ${count}`]) {
    const answer = await createPageDriver(server).submit('/sign-in', {
      username: name,
      password: 'wrong',
    })
    assert.equal(answer.status, 401)
    assert.doesNotMatch(answer.text, /wrong"/, 'the password is not sent back')
    pages.push(answer.text.replaceAll(name, 'NAME').replaceAll(/value="[\w-]{43}"/g, ''))
  }
  assert.match(pages[0]!, /role="alert"[^>]*>\s*The user name or the password is wrong/)
  assert.match(pages[0]!, /value="NAME"/)
  assert.equal(pages[1], pages[0])
})

test('what is refused at sign-up is said in the form, in the words of the reader', async () => {
  await signedUp()
  const browser = createPageDriver(server, 'ko')
  const cases: [Record<string, string>, number, RegExp][] = [
    [{ username, password: PASSWORD }, 409, /이미 사용 중인 아이디입니다/],
    [{ username: '...', password: PASSWORD }, 422, /글자나 숫자가 하나 이상/],
    [{ username: 'new', password: 'short' }, 422, /8자 이상이어야 합니다/],
    [{ username: 'new', password: 'password123' }, 422, /많은 사람이 쓰는 비밀번호/],
    [{ username: 'newname', password: 'newname and more 1' }, 422, /아이디가 들어 있습니다/],
    [{ username: '', password: PASSWORD }, 422, /모든 칸을 채워 주세요/],
    [{ username: 'new', password: '' }, 422, /모든 칸을 채워 주세요/],
  ]
  for (const [fields, status, text] of cases) {
    const answer = await browser.submit('/sign-up', fields)
    assert.equal(answer.status, status, JSON.stringify(fields))
    assert.match(answer.text, text)
    assert.equal(browser.cookies.has(SESSION), false)
  }
})

test('closed sign-up is closed on the page too, and sign-in does not offer it', async () => {
  const closed = await createTestMapae({ signup: 'closed' })
  after(() => closed.close())
  const browser = createPageDriver(closed)
  const page = await browser.get('/sign-up')
  assert.equal(page.status, 403)
  assert.match(page.text, /New accounts are not open here/)
  const signIn = await browser.get('/sign-in')
  assert.doesNotMatch(signIn.text, /sign-up/)
  const form_token = /name="form_token" value="([^"]+)"/.exec(signIn.text)![1]!
  const posted = await browser.post('/sign-up', { form_token, username, password: PASSWORD })
  assert.equal(posted.status, 403)
  assert.equal(browser.cookies.has(SESSION), false)
})

test('sign-ins by the page and by the API count together', async () => {
  await signedUp()
  const browser = createPageDriver(server, 'en', '192.0.2.77')
  const guess = { username, password: 'wrong' }
  for (let attempt = 0; attempt < 5; attempt++) {
    assert.equal((await browser.submit('/sign-in', guess)).status, 401)
    const answer = await server.call('POST', '/v1/login', guess, {}, '192.0.2.77')
    assert.equal(answer.status, 401)
  }
  const refused = await browser.submit('/sign-in', { username, password: PASSWORD })
  assert.equal(refused.status, 429)
  assert.match(refused.headers.get('retry-after')!, /^\d+$/)
  assert.match(refused.text, /Too many attempts. Try again in \d+ seconds./)
  server.clock.advance(61)
})

test('whoever guesses at an account does not keep its user out of the page', async () => {
  const browser = await signedUp()
  const guess = { username, password: 'wrong' }
  for (let attempt = 0; attempt < 12; attempt++) {
    await server.call('POST', '/v1/login', guess, {}, `198.51.100.${attempt}`)
  }
  const token = formToken(await browser.get('/account'))
  const again = { form_token: token, username, password: PASSWORD }
  assert.equal((await browser.post('/sign-in', again)).status, 303, 'from where the user was')
  await browser.submit('/sign-out', {})
  const later = await browser.submit('/sign-in', { username, password: PASSWORD })
  assert.equal(later.status, 303, 'and has signed out since')
  const elsewhere = createPageDriver(server, 'en', '203.0.113.5')
  const refused = await elsewhere.submit('/sign-in', { username, password: PASSWORD })
  assert.equal(refused.status, 429)
  server.clock.advance(61)
})

test('the account lists browsers and apps, and ends those of its user only', async () => {
  const browser = await signedUp()
  const other = createPageDriver(server)
  await other.submit('/sign-in', { username, password: PASSWORD })
  const app = (await server.call('POST', '/v1/login', { username, password: PASSWORD })).body
  const stranger = await server.signUp(`stranger ${count}`)
  const strangerSession = (
    await server.call('GET', '/v1/sessions', undefined, server.bearer(stranger.access_token))
  ).body.sessions[0].id

  const page = await browser.get('/account')
  const named = (name: string) =>
    [...page.text.matchAll(new RegExp(`name="${name}"\\s+value="([\\w-]+)"`, 'g'))].map(
      ([, id]) => id!,
    )
  assert.equal(named('browser').length, 1, 'the asking browser is not offered')
  assert.equal(named('session').length, 1)
  const ended = await browser.submit('/account', { browser: named('browser')[0]! })
  assert.equal(ended.location, '/account?done=ended')
  assert.match((await browser.get(ended.location)).text, /role="status"[^>]*>That device/)
  assert.equal((await other.get('/account')).location, '/sign-in')
  await browser.submit('/account', { session: named('session')[0]! })
  const me = await server.call('GET', '/v1/me', undefined, server.bearer(app.access_token))
  assert.equal(me.body.reason, 'session_ended')

  for (const session of [strangerSession, 'x', 'A'.repeat(22)]) {
    assert.equal((await browser.submit('/account', { session })).status, 303)
  }
  const still = await server.call('GET', '/v1/me', undefined, server.bearer(stranger.access_token))
  assert.equal(still.status, 200)
})

test('signing out everywhere ends browsers and apps; so it does through the API', async () => {
  const browser = await signedUp()
  const app = (await server.call('POST', '/v1/login', { username, password: PASSWORD })).body
  const answer = await browser.submit('/account', { everywhere: 'yes' })
  assert.equal(answer.location, '/signed-out')
  const me = await server.call('GET', '/v1/me', undefined, server.bearer(app.access_token))
  assert.equal(me.status, 401)
  await browser.submit('/sign-in', { username, password: PASSWORD })
  const { refresh_token } = (
    await server.call('POST', '/v1/login', { username, password: PASSWORD })
  ).body
  await server.call('POST', '/v1/logout', { everywhere: true, refresh_token })
  assert.equal((await browser.get('/account')).location, '/sign-in')
})

test('a new password keeps this browser and ends all others', async () => {
  const browser = await signedUp()
  const other = createPageDriver(server)
  await other.submit('/sign-in', { username, password: PASSWORD })
  const app = (await server.call('POST', '/v1/login', { username, password: PASSWORD })).body
  const wrong = await browser.submit('/account/password', {
    current_password: 'wrong',
    new_password: NEW_PASSWORD,
  })
  assert.deepEqual([wrong.status, wrong.location], [403, null])
  assert.match(wrong.text, /The current password is wrong/)
  const weak = await browser.submit('/account/password', {
    current_password: PASSWORD,
    new_password: 'password123',
  })
  assert.equal(weak.status, 422)
  const answer = await browser.submit('/account/password', {
    current_password: PASSWORD,
    new_password: NEW_PASSWORD,
  })
  assert.equal(answer.location, '/account?done=password')
  assert.match((await browser.get(answer.location)).text, /Your password is changed/)
  assert.equal((await other.get('/account')).location, '/sign-in')
  const me = await server.call('GET', '/v1/me', undefined, server.bearer(app.access_token))
  assert.equal(me.status, 401)
})

test('a disabled user is out at once', async () => {
  const browser = await signedUp()
  const user = await stores.users.findByUsernameKey(username)
  await server.mapae.accounts.disable(user!.id)
  assert.equal((await browser.get('/account')).location, '/sign-in')
  const again = await browser.submit('/sign-in', { username, password: PASSWORD })
  assert.equal(again.status, 401)
})

test('a browser that nobody uses is signed out, and one that is used is too in the end', async () => {
  const idle = await signedUp()
  const busy = createPageDriver(server)
  await busy.submit('/sign-in', { username, password: PASSWORD })
  for (let day = 0; day < 29; day += 6) {
    assert.equal((await busy.get('/account')).status, 200, `day ${day}`)
    server.clock.advance(6 * DAY_SECONDS)
  }
  assert.equal((await busy.get('/account')).location, '/sign-in', 'after 30 days')
  assert.equal((await idle.get('/account')).location, '/sign-in')
  await idle.submit('/sign-in', { username, password: PASSWORD })
  server.clock.advance(7 * DAY_SECONDS - 1)
  assert.equal((await idle.get('/account')).status, 200)
  server.clock.advance(7 * DAY_SECONDS)
  assert.equal((await idle.get('/account')).location, '/sign-in')
})

test('the language follows the browser until the reader picks one', async () => {
  const browser = createPageDriver(server, 'ko-KR,ko;q=0.9,en;q=0.5')
  const korean = await browser.get('/sign-in')
  assert.match(korean.text, /<html lang="ko">/)
  assert.equal(korean.headers.get('content-language'), 'ko')
  assert.match((await browser.get('/sign-in?ui_locales=en')).text, /<html lang="en">/)
  assert.match((await browser.get('/sign-in?lang=en')).text, /<html lang="en">/)
  assert.match((await browser.get('/sign-up')).text, /<html lang="en">/)
  assert.match((await browser.get('/sign-up?ui_locales=ko')).text, /<html lang="en">/)
  assert.match((await browser.get('/sign-up?lang=xx')).text, /<html lang="en">/)
})

test('the operator names it, and a name does nothing else', async () => {
  const name = `Café <img src=x onerror=alert(1)> & Söhne`
  const branded = await createTestMapae({
    brand: {
      name,
      color: '#ffee00',
      logo: { bytes: Buffer.from('\x89PNG\r\n'), mediaType: 'image/png' },
    },
  })
  after(() => branded.close())
  const browser = createPageDriver(branded)
  const page = await browser.get('/sign-in')
  assert.match(page.text, /Café &lt;img src=x onerror=alert\(1\)&gt; &amp; Söhne<\/span>/)
  assert.doesNotMatch(page.text, /<img src=x/)
  const logo = /src="(\/assets\/logo\.[\w-]+\.png)"/.exec(page.text)![1]!
  const served = await browser.get(logo)
  assert.equal(served.headers.get('content-type'), 'image/png')
  const home = await browser.get('/')
  assert.match(home.text, /<title>Café &lt;img[^<]*Söhne · This is an authentication server</)
  assert.doesNotMatch(home.text, /<img src=x|Mapae</)
  assert.ok(home.text.includes(`src="${logo}"`))
  const homeCss = await browser.get(/href="(\/assets\/home-[\w-]+\.css)"/.exec(home.text)![1]!)
  assert.match(homeCss.text, /--bronze: light-dark\(#[0-9a-f]{6}, #ffee00\)/)
  const css = await browser.get(/href="(\/assets\/pages\.[\w-]+\.css)"/.exec(page.text)![1]!)
  assert.match(css.text, /--accent:#[0-9a-f]{6}/)
})
