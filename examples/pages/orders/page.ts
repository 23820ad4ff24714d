// The page of examples/express-with-page.ts: it calls the API that it comes from.
import { createMapae } from '@mapae/client'

// What serves the page puts the server's address here.
declare const MAPAE_ISSUER: string

const api = `${location.origin}/orders-api`
const mapae = createMapae({ issuer: MAPAE_ISSUER, clientId: 'pages', apis: [api] })
const state = document.getElementById('state')!
const form = document.getElementById('sign-in') as HTMLFormElement

mapae.subscribe((now) => {
  state.textContent = now.user ? `Signed in as ${now.user.username}.` : now.state
  form.hidden = now.state !== 'signedOut'
})

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const { username = '', password = '' } = Object.fromEntries(new FormData(form)) as Record<
    string,
    string
  >
  mapae.signIn({ username, password }).catch((error: Error) => {
    state.textContent = error.message
  })
})

document.getElementById('load')!.addEventListener('click', () => {
  mapae.fetch(`${api}/orders`).then(
    async (answer) => {
      state.textContent = await answer.text()
    },
    (error: Error) => {
      state.textContent = error.message
    },
  )
})
