import type { RedirectSignIn } from './code-flow.ts'
import { createFirstParty, type PasswordSignIn, type SignOutOptions } from './first-party.ts'
import { asError, send, tokensOf } from './issuer.ts'
import type { Saved } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** The calls to the server: to its first-party API, or to its OAuth endpoints, as the sign-in was. */
export function createCalls(
  base: string,
  clientId: string,
  waitingName: string,
  store: Store,
  world: World,
) {
  const firstParty = createFirstParty(base, store, world)
  const loadOAuth = async () =>
    (await import('./oauth.ts')).createOAuth({
      base,
      clientId,
      waitingName,
      store,
      world,
      calls: { send, tokensOf, asError },
    })
  /** In which way the last sign-in was: signing out may be tried again when it is forgotten here. */
  let oauth: boolean | undefined
  async function of(saved: Saved | null) {
    if (saved) oauth = saved.oauth
    return oauth ? loadOAuth() : firstParty
  }

  return {
    signIn: async (how: PasswordSignIn | RedirectSignIn) =>
      'password' in how ? firstParty.signIn(how) : (await loadOAuth()).signIn(how),
    /** The tokens of a sign-in that the page was sent back from. */
    finish: async () =>
      world.page?.session.getItem(waitingName) ? (await loadOAuth()).finish() : null,
    exchange: async (saved: Saved) => (await of(saved)).exchange(saved),
    loadUser: async (saved: Saved) => (await of(saved)).loadUser(saved),
    signOut: async (saved: Saved | null, options: SignOutOptions) =>
      (await of(saved)).signOut(saved, options),
  }
}
