// A page without a framework. The refresh token lives in a cookie that this script cannot read.
import { createMapae, MapaeError } from '@mapae/client'

// What serves the page puts the server's address here.
declare const MAPAE_ISSUER: string

const mapae = createMapae({
  issuer: MAPAE_ISSUER,
  clientId: 'pages',
  // In development the server is an API too; yours is somewhere else.
  apis: [`${MAPAE_ISSUER}/v1/sessions`],
})

function find<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind
}

mapae.subscribe(({ state, user }) => {
  const isSignedIn = state === 'signedIn' || state === 'offline'
  find('state').textContent = isSignedIn ? `Signed in as ${user?.username}.` : state
  find('sign-in').hidden = state !== 'signedOut'
  find('signed-in').hidden = !isSignedIn
})

find<HTMLFormElement>('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = new FormData(find<HTMLFormElement>('sign-in'))
  const { username = '', password = '' } = Object.fromEntries(form) as Record<string, string>
  void show(async () => {
    await mapae.signIn({ username, password })
    find<HTMLFormElement>('sign-in').reset()
    return ''
  })
})

find('call').addEventListener('click', () => {
  void show(async () => (await mapae.fetch(`${MAPAE_ISSUER}/v1/sessions`)).text())
})

find('sign-out').addEventListener('click', () => {
  void show(async () => {
    await mapae.signOut()
    return ''
  })
})

/** Shows what the call answers, or why there is no answer. */
async function show(call: () => Promise<string>): Promise<void> {
  find('answer').textContent = await call().catch((error: unknown) =>
    error instanceof MapaeError ? `${error.code}: ${error.message}` : String(error),
  )
}
