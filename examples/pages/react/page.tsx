// A page with React. Its tokens are bound to a key of this browser: a copy of them is worth nothing.
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

import { createMapae, type MapaeError } from '@mapae/client'
import { dpop } from '@mapae/client/dpop'
import { MapaeProvider, useMapae } from '@mapae/client/react'

// What serves the page puts the server's address here.
declare const MAPAE_ISSUER: string

const client = createMapae({
  issuer: MAPAE_ISSUER,
  clientId: 'pages',
  apis: [`${MAPAE_ISSUER}/v1/sessions`],
  store: dpop(),
})

function Page() {
  const { state, user, isSignedIn } = useMapae()
  if (state === 'loading') return <p>Loading…</p>
  return isSignedIn ? <Devices name={user?.username ?? ''} /> : <SignIn />
}

function SignIn() {
  const { client: mapae } = useMapae()
  const [problem, setProblem] = useState('')

  async function signIn(form: FormData): Promise<void> {
    const { username = '', password = '' } = Object.fromEntries(form) as Record<string, string>
    await mapae.signIn({ username, password }).catch((error: MapaeError) => {
      setProblem(error.message)
    })
  }

  return (
    <form action={signIn}>
      <label>
        User name <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button>Sign in</button>
      <p role="alert">{problem}</p>
    </form>
  )
}

function Devices({ name }: { name: string }) {
  const { client: mapae } = useMapae()
  const [count, setCount] = useState<number | null>(null)

  async function load(): Promise<void> {
    const answer = await mapae.fetch(`${MAPAE_ISSUER}/v1/sessions`)
    const { sessions } = (await answer.json()) as { sessions: unknown[] }
    setCount(sessions.length)
  }

  return (
    <>
      <p role="status">Signed in as {name}.</p>
      <button onClick={() => void load()}>Count my devices</button>
      <button onClick={() => void mapae.signOut()}>Sign out</button>
      {count === null ? null : <p>{count} signed in.</p>}
    </>
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MapaeProvider client={client}>
      <Page />
    </MapaeProvider>
  </StrictMode>,
)
