import type { BrowserSession } from '../domain/browser-session.ts'
import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { AnswerPages } from '../http/authorization-response.ts'
import { createBrowserSessionCookie } from '../http/browser-session-cookie.ts'
import { createOriginCheck } from '../http/origin-check.ts'
import type { Answer, ErrorPage, FailedRequest, Route } from '../http/route.ts'
import type { Browser, BrowserSessions, StartedBrowserSession } from '../login/browser-session.ts'
import type { ChangePassword } from '../login/change-password.ts'
import type { SignInWithPassword } from '../login/password.ts'
import type { SignUp } from '../login/sign-up.ts'
import type { GrantConsent, WithdrawConsent } from '../oauth/authorize/consents.ts'
import type { WaitingRequests } from '../oauth/authorize/waiting-requests.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { DeviceFlow } from '../oauth/device-flow.ts'
import type { ReadLogoutRequest } from '../oauth/logout/logout-request.ts'
import type { SignOut } from '../oauth/logout/sign-out.ts'
import type { EndAllSessions, EndSession } from '../sessions/end.ts'
import { createAssets, type AssetSources } from './assets.ts'
import { createFormTokens } from './form-token.ts'
import { createGrantList } from './grants.ts'
import { createLayout } from './layout.ts'
import { answered, createErrorPage } from './page-routes.ts'
import { accountRoutes } from './pages/account.ts'
import { changePasswordRoutes } from './pages/change-password.ts'
import { consentRoutes } from './pages/consent.ts'
import { deviceRoutes } from './pages/device.ts'
import { formPostPage } from './pages/form-post.ts'
import { leavePage } from './pages/leave.ts'
import { selectAccountRoutes } from './pages/select-account.ts'
import { signInRoutes } from './pages/sign-in.ts'
import { signedOut, signOutRoutes } from './pages/sign-out.ts'
import { signUpRoutes } from './pages/sign-up.ts'
import type { Brand } from './theme.ts'
import { createVisits } from './visit.ts'
import { createFindWaiting } from './waiting.ts'

export interface PagesSettings {
  readonly issuer: string
  readonly audience: string
  readonly masterKey: Uint8Array
  readonly previousMasterKey: Uint8Array | null
  readonly signup: 'open' | 'closed'
  readonly brand: Brand
}

export interface PagesServices {
  readonly clock: Clock
  readonly random: Random
  readonly stores: Stores
  readonly browserSessions: BrowserSessions
  readonly signInInBrowser: SignInWithPassword<Browser, StartedBrowserSession>
  readonly signUpInBrowser: SignUp<Browser, StartedBrowserSession>
  readonly changePassword: ChangePassword
  readonly readLogoutRequest: ReadLogoutRequest
  readonly signOut: SignOut
  readonly endSession: EndSession
  readonly endAllSessions: EndAllSessions
  readonly waitingRequests: WaitingRequests
  readonly grantConsent: GrantConsent
  readonly withdrawConsent: WithdrawConsent
  readonly clients: ClientRegistry
  readonly deviceFlow: DeviceFlow
}

export interface Pages {
  /** Every page, and what the pages load. */
  readonly routes: readonly Route[]
  /** Where the logo is. */
  readonly logo: string
  /** Who is signed in at the browser; null when nobody is. Errors: as `readCookie`. */
  findBrowserSession(headers: Headers): Promise<BrowserSession | null>
  /** Says that it is done; `load` is loaded unseen, and then the browser goes on. */
  signedOutPage(request: FailedRequest, load: readonly string[], returnTo: string): Answer
  /** Pages through which answers go to the checked address of a client. */
  answerPagesOf(request: FailedRequest): AnswerPages
  /** Tells a person of an error, and leads nowhere but to our own pages. */
  readonly errorPage: ErrorPage
}

export function createPages(
  { issuer, audience, masterKey, previousMasterKey, signup, brand }: PagesSettings,
  sources: AssetSources,
  services: PagesServices,
): Pages {
  const { stores, browserSessions, random } = services
  const sessionCookie = createBrowserSessionCookie(issuer)
  const assets = createAssets(sources, brand)
  const layout = createLayout(brand, assets)
  const visits = createVisits({
    issuer,
    browserSessions,
    users: stores.users,
    sessionCookie,
    formTokens: createFormTokens(masterKey, previousMasterKey),
    // Nobody else's pages may send our forms.
    checkOrigin: createOriginCheck(issuer, () => false),
    random,
  })
  const findWaiting = createFindWaiting(services.waitingRequests, services.clients)
  const ofPages = {
    ...services,
    grantList: createGrantList(services.clients, [audience, issuer]),
    findWaiting,
    visits,
    layout,
    sessionCookie,
    isSignUpOpen: signup === 'open',
  }
  const routes = [
    ...signInRoutes(ofPages),
    ...signUpRoutes(ofPages),
    ...selectAccountRoutes(ofPages),
    ...consentRoutes(ofPages),
    ...deviceRoutes(ofPages),
    ...accountRoutes(ofPages),
    ...changePasswordRoutes(ofPages),
    ...signOutRoutes(ofPages),
    ...assets.routes,
  ]
  return {
    routes,
    logo: assets.logo,
    async findBrowserSession(headers) {
      const secret = sessionCookie.read(headers)
      return secret === null ? null : browserSessions.find(secret)
    },
    signedOutPage(request, load, returnTo) {
      const { language, cookies } = visits.readerOf(request)
      const outcome = signedOut(language, load, returnTo, sessionCookie)
      return answered(layout, { language, cookies }, null, outcome)
    },
    answerPagesOf(request) {
      const { cookies, ...reader } = visits.readerOf(request)
      const { language } = reader
      // An answer to a request that waited is given once.
      const isOnce = new URLSearchParams(request.search).has('request_uri')
      const here = isOnce ? null : reader.here
      return {
        formPost: (uri, parameters) =>
          layout({ ...formPostPage(language, uri, parameters), cookies }, { language, here: null }),
        leave: (returnPath, parameters) =>
          layout({ ...leavePage(language, returnPath, parameters), cookies }, { language, here }),
      }
    },
    errorPage: createErrorPage(ofPages),
  }
}
