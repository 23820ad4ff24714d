import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'

import { getRequestListener } from '@hono/node-server'
import express from 'express'
import type { Page } from 'playwright-core'

import { startChromium } from '../browser/chromium.ts'
import { createLoopbackWorld, startApplication } from './loopback-world.ts'

// These come without types, or with those of browsers for everything.
const require = createRequire(import.meta.url)
const { Auth } = require('@auth/core')
const passport = require('passport')
const session = require('express-session')
const { Strategy } = require('passport-openidconnect')

const started = await startChromium()
const world = await createLoopbackWorld()
after(async () => {
  await started?.stop()
  await world.stop()
})
const skip = started === undefined && 'no browser here'

/** Runs with a person's browser that was never here before. */
async function withBrowser(run: (page: Page) => Promise<void>): Promise<void> {
  const context = await started!.browser.newContext({ locale: 'en-US' })
  try {
    await run(await context.newPage())
  } finally {
    await context.close()
  }
}

const jsonOf = async (page: Page): Promise<any> => JSON.parse((await page.textContent('pre'))!)

/** It knows no PKCE. */
async function clientOfPassport(name: string) {
  const id = `passport-${name}`
  const settings = { authenticationMethod: 'client_secret_post', mayOmitPkce: true } as const
  return [id, await world.createClient(id, settings)] as const
}

/** Express as its documentation shows it, with a session in memory. */
async function startPassport(clientID: string, clientSecret: string) {
  const application = express()
  const { url, stop } = await startApplication(application)
  const options = {
    issuer: world.url,
    authorizationURL: `${world.url}/oauth/authorize`,
    tokenURL: `${world.url}/oauth/token`,
    userInfoURL: `${world.url}/oauth/userinfo`,
    clientID,
    clientSecret,
    callbackURL: `${url}/callback`,
    scope: ['profile', 'email'],
    nonce: true,
    maxAge: 3600,
  }
  const verify = (
    issuer: string,
    profile: unknown,
    context: unknown,
    _idToken: string,
    _accessToken: string,
    refreshToken: string,
    done: (error: null, user: object) => void,
  ) => done(null, { issuer, profile, context, refreshToken })
  const strategy = new Strategy({ ...options, skipUserProfile: false }, verify)
  const authenticate = (more: object = {}) =>
    passport.authenticate(strategy, { session: false, ...more })
  application.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
  application.get('/login', authenticate())
  application.get(
    '/callback',
    authenticate({ failureRedirect: '/failed' }),
    (request, response) => {
      response.json((request as { user?: object }).user)
    },
  )
  application.get('/failed', (_request, response) => {
    response.json('failed')
  })
  return { url, stop }
}

test('passport-openidconnect: signs a user in, with user info and the age', { skip }, async () => {
  const [id, secret] = await clientOfPassport('signs-in')
  const application = await startPassport(id, secret)
  try {
    await withBrowser(async (page) => {
      await page.goto(`${application.url}/login`)
      await world.signInAt(page)
      await page.waitForURL(`${application.url}/callback?**`)
      const { issuer, profile, context, refreshToken } = await jsonOf(page)
      assert.equal(issuer, world.url)
      assert.equal(profile.id, world.userId)
      assert.deepEqual(
        [profile.username, profile.emails],
        ['mina', [{ value: 'mina@example.com' }]],
      )
      assert.deepEqual(context.methods, ['pwd'])
      assert.ok(refreshToken)
    })
  } finally {
    application.stop()
  }
})

test(
  'passport-openidconnect: a user who says no, and an answer of somebody else',
  { skip },
  async () => {
    const [id, secret] = await clientOfPassport('refused')
    const application = await startPassport(id, secret)
    try {
      await withBrowser(async (page) => {
        await page.goto(`${application.url}/login`)
        await page.waitForURL(`${world.url}/sign-in?**`)
        const planted = `${application.url}/callback?code=planted&state=planted`
        await page.goto(planted)
        assert.equal(await jsonOf(page), 'failed')
        await page.goto(`${application.url}/login`)
        await world.signInAt(page, 'deny')
        await page.waitForURL(`${application.url}/failed`)
      })
    } finally {
      application.stop()
    }
  },
)

const NAMED = { id_token: { preferred_username: null, email: null } }

/** It reads who the user is from user info, or from the ID token, where claims are asked for by name. */
const waysOfAuth = [
  ['client_secret_basic', { idToken: false }],
  ['client_secret_post', { authorization: { params: { scope: 'openid', claims: NAMED } } }],
  ['none', { idToken: false }],
] as const

for (const [method, way] of waysOfAuth) {
  test(`@auth/core: signs a user in with PKCE, state and nonce (${method})`, { skip }, async () => {
    const clientId = `auth-core-${method}`
    const clientSecret = await world.createClient(clientId, {
      authenticationMethod: method,
      redirectUris: ['http://127.0.0.1/auth/callback/mapae'],
    })
    const seen: unknown[] = []
    const config = {
      basePath: '/auth',
      secret: 'a secret of this test',
      trustHost: true,
      providers: [
        {
          id: 'mapae',
          name: 'Mapae',
          type: 'oidc',
          issuer: world.url,
          clientId,
          ...(method === 'none' ? {} : { clientSecret }),
          client: { token_endpoint_auth_method: method },
          checks: ['pkce', 'state', 'nonce'],
          ...way,
          profile: (claims: Record<string, string>) => ({
            name: claims['preferred_username'],
            email: claims['email'],
          }),
        },
      ],
      logger: { error: (error: unknown) => seen.push(error), warn() {}, debug() {} },
    }
    const handle = getRequestListener((request) =>
      new URL(request.url).pathname === '/' ? new Response('home') : Auth(request, { ...config }),
    )
    const application = await startApplication((incoming, outgoing) => {
      void handle(incoming, outgoing)
    })
    try {
      await withBrowser(async (page) => {
        await page.goto(`${application.url}/auth/signin`)
        await page.click('text=Sign in with Mapae')
        await world.signInAt(page)
        await page.waitForURL(`${application.url}/`)
        assert.deepEqual(seen, [])
        await page.goto(`${application.url}/auth/session`)
        const { user } = await jsonOf(page)
        assert.deepEqual([user.name, user.email], ['mina', 'mina@example.com'])
      })
    } finally {
      application.stop()
    }
  })
}

test(
  'a page in the browser: PKCE, user info, refresh and revocation by fetch',
  { skip },
  async () => {
    await world.createClient('page', {})
    const html = readFileSync(new URL('relying-party.html', import.meta.url))
    const application = await startApplication((_incoming, outgoing) => {
      outgoing.setHeader('Content-Type', 'text/html').end(html)
    })
    try {
      await withBrowser(async (page) => {
        const foreign: string[] = []
        page.on('console', (message) => foreign.push(message.text()))
        await page.goto(`${application.url}/?issuer=${encodeURIComponent(world.url)}`)
        await page.click('button')
        await world.signInAt(page)
        await page.waitForSelector('pre')
        const seen = await jsonOf(page)
        assert.deepEqual(seen.failure, undefined, foreign.join())
        assert.equal(seen.claims.sub, world.userId)
        assert.equal(seen.signature, true)
        assert.equal(seen.info.email, 'mina@example.com')
        assert.notEqual(seen.refreshed, seen.first)
        assert.deepEqual([seen.before, seen.after], [200, 401])
        assert.equal(seen.again, 'invalid_grant')
        assert.match(seen.challenge, /^Bearer error="invalid_token"/)
      })
    } finally {
      application.stop()
    }
  },
)
