import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'

import { createApp } from '../../examples/react-native/mapae.ts'
import { createPageServer } from '../../packages/client/tests/page-server.ts'
import { defaultClientSettings } from '../../packages/server/src/domain/client.ts'
import type { UserId } from '../../packages/server/src/domain/ids.ts'
import { requestUriOf } from '../../packages/server/src/oauth/authorize/waiting-requests.ts'
import { startChromium } from '../browser/chromium.ts'
import { endAll, inRepository, run } from './processes.ts'

const source = '--conditions=mapae-source'
const PASSWORD = 'correct horse 9'

const started = await startChromium()
const skip = started === undefined && 'no browser here'
const folder = mkdtempSync(join(tmpdir(), 'mapae-example-'))
const environment = {
  PATH: process.env['PATH'],
  MAPAE_DATA_DIR: folder,
  MAPAE_DEMO_PASSWORD: PASSWORD,
  PORT: '0',
}
let issuer = ''
let pages = ''
let express = ''

/** The URL at which a program of this repository says that it listens. */
async function start(path: string, words: string[], more: object, ready: RegExp): Promise<string> {
  return /http:\S+/.exec(await run(path, words, { ...environment, ...more }, ready))![0]
}

before(async () => {
  const cli = 'packages/server/src/cli/mapae.ts'
  issuer = await start(cli, ['dev'], {}, /Ctrl\+C/)
  const ofIssuer = { MAPAE_ISSUER: issuer }
  ;[pages, express] = await Promise.all([
    start('examples/serve-pages.ts', [], ofIssuer, /\n/),
    start('examples/express-with-page.ts', [], ofIssuer, /\n/),
  ])
  const words = ['client', 'create', 'pages', '--public', '--trusted', '--redirect', `${pages}/`]
  await promisify(execFile)(
    process.execPath,
    [source, inRepository(cli), ...words, '--web-origin', pages, express],
    { env: { ...environment, ...ofIssuer } },
  )
  await knowsOrigin(pages)
  await knowsOrigin(express)
})

/** A running server follows what the command line changes within a second. */
async function knowsOrigin(origin: string): Promise<void> {
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' }
  for (let tries = 0; tries < 300; tries++) {
    const { status } = await fetch(`${issuer}/v1/login`, { method: 'OPTIONS', headers })
    if (status === 204) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the server does not learn of ${origin}`)
}

after(async () => {
  await started?.stop()
  await endAll()
  rmSync(folder, { recursive: true, force: true })
})

async function openAndSignIn(url: string): Promise<Page> {
  const page = await started!.browser.newPage()
  await page.goto(url)
  await page.getByLabel('User name').fill('demo')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  return page
}

test(
  'the plain page signs in from another origin, calls, survives a reload, signs out',
  { skip },
  async () => {
    const page = await openAndSignIn(`${pages}/plain/`)
    await page.getByText('Signed in as demo.').waitFor()
    await page.reload()
    await page.getByText('Signed in as demo.').waitFor()
    await page.getByRole('button', { name: 'Call the API' }).click()
    await page.getByText('"current":true').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('signedOut').waitFor()
    await page.close()
  },
)

test('the plain page tells why a sign-in was refused', { skip }, async () => {
  const page = await started!.browser.newPage()
  await page.goto(`${pages}/plain/`)
  await page.getByLabel('User name').fill('demo')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('invalid_credentials: The user name or the password is wrong.').waitFor()
  await page.close()
})

test('the React page signs in with a key of its own', { skip }, async () => {
  const page = await openAndSignIn(`${pages}/react/`)
  await page.getByText('Signed in as demo.').waitFor()
  await page.getByRole('button', { name: 'Count my devices' }).click()
  await page.getByText(/\d signed in\./).waitFor()
  await page.reload()
  await page.getByText('Signed in as demo.').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.close()
})

test('the page of the Express API calls it', { skip }, async () => {
  const page = await openAndSignIn(`${express}/orders/`)
  await page.getByText('Signed in as demo.').waitFor()
  await page.getByRole('button', { name: 'Load my orders' }).click()
  await page.getByText('two horses').waitFor()
  await page.close()
})

test('the script signs in, calls and signs out', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [source, inRepository('examples/node-script.ts')],
    { env: { ...environment, MAPAE_ISSUER: issuer } },
  )
  assert.match(stdout, /^demo: .*node/)
})

/** Where the browser is sent from there. */
const leadsTo = async (url: string): Promise<string> =>
  (await fetch(url, { redirect: 'manual' })).headers.get('location')!

test('the React Native app signs in through the browser, and stays so over a restart', async () => {
  let askingBrowser: {
    id: string
    userId: UserId
    authenticatedAt: number
    methods: string[]
  } | null = null
  const server = await createPageServer(
    {},
    { findAskingBrowser: async () => askingBrowser as never },
  )
  try {
    const { mapae, clock } = server.mapae
    await server.mapae.signUp('mina')
    const user = await mapae.stores.users.findByUsernameKey('mina')
    askingBrowser = {
      id: 'a',
      userId: user!.id,
      authenticatedAt: clock.seconds(),
      methods: ['pwd'],
    }
    await mapae.clients.create('app', {
      ...defaultClientSettings,
      name: 'App',
      redirectUris: ['com.example.app:/callback'],
      scopes: ['openid', 'profile', 'email'],
    })
    const kept = new Map<string, string>()
    const device = {
      secureStore: {
        getItemAsync: async (key: string) => kept.get(key) ?? null,
        setItemAsync: async (key: string, value: string) => void kept.set(key, value),
        deleteItemAsync: async (key: string) => void kept.delete(key),
      },
      openBrowser: async (url: string) => {
        const consentPage = new URL(await leadsTo(url))
        assert.equal(consentPage.pathname, '/consent')
        const id = consentPage.searchParams.get('request')!
        const { waitingRequests, grantConsent } = mapae.oauth
        assert.ok(await grantConsent(user!.id, (await waitingRequests.find(id))!, null))
        const again = { client_id: 'app', request_uri: requestUriOf(id) }
        return leadsTo(`${server.url}/oauth/authorize?${new URLSearchParams(again).toString()}`)
      },
    }
    await createApp(server.url, 'https://api.example.com', device).signIn()
    const restarted = createApp(server.url, 'https://api.example.com', device)
    assert.match(await restarted.mapae.getToken(), /^eyJ/)
    await restarted.mapae.signOut()
    assert.equal(kept.size, 0)
  } finally {
    await server.close()
  }
})

test('what the pages and the app are written in is right by its types', () => {
  const compile = (project: string) =>
    spawnSync(process.execPath, [inRepository('node_modules/typescript/bin/tsc'), '-p', project], {
      encoding: 'utf8',
    })
  const ofPages = compile(inRepository('examples/pages'))
  assert.equal(ofPages.status, 0, ofPages.stdout)

  // What Expo brings is declared here, as far as the app uses it.
  const here = mkdtempSync(join(tmpdir(), 'mapae-app-'))
  try {
    symlinkSync(inRepository('node_modules'), join(here, 'node_modules'))
    writeFileSync(
      join(here, 'expo.d.ts'),
      `declare module 'react-native' {
        import type { FC, ReactNode } from 'react'
        export const View: FC<{ children?: ReactNode }>
        export const Text: FC<{ children?: ReactNode }>
        export const Button: FC<{ title: string; onPress: () => void }>
      }
      declare module 'expo-secure-store' {
        export function getItemAsync(key: string): Promise<string | null>
        export function setItemAsync(key: string, value: string): Promise<void>
        export function deleteItemAsync(key: string): Promise<void>
      }
      declare module 'expo-web-browser' {
        export function openAuthSessionAsync(
          url: string,
          redirectUrl: string,
        ): Promise<{ type: 'success'; url: string } | { type: 'cancel' }>
      }`,
    )
    const compilerOptions = {
      jsx: 'react-jsx',
      types: ['node'],
      typeRoots: [inRepository('node_modules/@types')],
    }
    const files = ['expo.d.ts', inRepository('examples/react-native/App.tsx')]
    const configuration = {
      extends: inRepository('tsconfig.json'),
      compilerOptions,
      include: [],
      files,
    }
    writeFileSync(join(here, 'tsconfig.json'), JSON.stringify(configuration))
    const ofApp = compile(here)
    assert.equal(ofApp.status, 0, ofApp.stdout)
  } finally {
    rmSync(here, { recursive: true })
  }
})
