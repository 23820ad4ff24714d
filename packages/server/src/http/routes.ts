import type { Session } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'
import type { ChangePassword } from '../login/change-password.ts'
import type { SignInWithPassword } from '../login/password.ts'
import type { SignUp } from '../login/sign-up.ts'
import type { RefreshSession } from '../sessions/refresh.ts'
import type { Device, FirstPartyCaller } from '../sessions/start.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { healthRoute, readyRoute } from './endpoints/health.ts'
import { jwksRoute } from './endpoints/jwks.ts'
import { loginRoute } from './endpoints/login.ts'
import { logoutRoute, type LogoutServices } from './endpoints/logout.ts'
import { metricsRoute } from './endpoints/metrics.ts'
import { meRoute } from './endpoints/me.ts'
import { oauthMetadataRoutes } from './endpoints/oauth-metadata.ts'
import { openApiRoute } from './endpoints/openapi.ts'
import { passwordRoute } from './endpoints/password.ts'
import { refreshRoute } from './endpoints/refresh.ts'
import { endSessionRoute, listSessionsRoute } from './endpoints/sessions.ts'
import { revocationsRoute, type RevocationServices } from './endpoints/revocations.ts'
import { signalsRoute } from './endpoints/signals.ts'
import { signupRoute } from './endpoints/signup.ts'
import type { Metrics } from './metrics.ts'
import { createOAuthRoutes, type OAuthRouteServices } from './oauth-routes.ts'
import type { Route } from './route.ts'
import type { TokenResponse } from './token-response.ts'

export interface RouteServices extends LogoutServices, RevocationServices, OAuthRouteServices {
  readonly clock: Clock
  /** What people call the API of this server. */
  readonly resourceName: string
  readonly metrics: Metrics
  readonly signingKeys: SigningKeys
  readonly signUp: SignUp<Device, Session>
  readonly signIn: SignInWithPassword<FirstPartyCaller, Session>
  readonly refreshSession: RefreshSession
  readonly changePassword: ChangePassword
  readonly tokenResponse: TokenResponse
}

/** The registry: every URL of the server. */
export function createRoutes(services: RouteServices): readonly Route[] {
  const { stores, tokenResponse, refreshCookie, readDpopProof } = services
  const routes = [
    signupRoute(services.signUp, tokenResponse, refreshCookie, readDpopProof),
    loginRoute(services.signIn, tokenResponse, refreshCookie, readDpopProof),
    refreshRoute(services.refreshSession, tokenResponse, refreshCookie, readDpopProof),
    logoutRoute(services),
    meRoute(stores.users),
    listSessionsRoute(stores.sessions, services.clock),
    endSessionRoute(stores.sessions, services.endSession),
    passwordRoute(services.changePassword),
    revocationsRoute(services),
    signalsRoute(services),
    ...createOAuthRoutes(services),
    jwksRoute(services.signingKeys),
    metricsRoute(services.metrics),
    healthRoute(),
    readyRoute(() => stores.ping(), services.isStopping),
  ]
  const { issuer, oauth, resourceName } = services
  const open = [...routes, ...oauthMetadataRoutes(routes, { issuer, ...oauth }, resourceName)]
  return [...open, openApiRoute(open, issuer)]
}
