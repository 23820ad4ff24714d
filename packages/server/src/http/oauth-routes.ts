import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { IntrospectionTokens } from '../tokens/introspection-token.ts'
import type { UserinfoTokens } from '../tokens/userinfo-token.ts'
import type { AuthenticateApplication } from './authenticate-application.ts'
import type { OAuth } from '../oauth/oauth.ts'
import type { ReadDpopProof } from './dpop.ts'
import { oauthAuthorizeRoutes, type AuthorizeRouteServices } from './endpoints/oauth-authorize.ts'
import { oauthDeviceAuthorizationRoute } from './endpoints/oauth-device-authorization.ts'
import { oauthParRoute } from './endpoints/oauth-par.ts'
import { oauthIntrospectRoute } from './endpoints/oauth-introspect.ts'
import { oauthRevokeRoute } from './endpoints/oauth-revoke.ts'
import { oauthUserinfoRoutes } from './endpoints/oauth-userinfo.ts'
import { oauthLogoutRoutes, type LogoutRouteServices } from './endpoints/oauth-logout.ts'
import { oauthRegisterRoutes } from './endpoints/oauth-register.ts'
import { oauthTokenRoute } from './endpoints/oauth-token.ts'
import { createClientRefreshCookies } from './refresh-cookie.ts'
import type { Route } from './route.ts'

export interface OAuthRouteServices
  extends
    Pick<AuthorizeRouteServices, 'issuer' | 'findAskingBrowser' | 'answerPagesOf' | 'errorPage'>,
    Pick<LogoutRouteServices, 'findBrowserSession' | 'signedOutPage'> {
  readonly oauth: OAuth
  readonly clock: Clock
  readonly readDpopProof: ReadDpopProof
  readonly stores: Stores
  readonly authenticateApplication: AuthenticateApplication
  readonly introspectionTokens: IntrospectionTokens
  readonly userinfoTokens: UserinfoTokens
}

/** The URLs of the authorization server. */
export function createOAuthRoutes(services: OAuthRouteServices): readonly Route[] {
  const { oauth, readDpopProof, introspectionTokens } = services
  const refreshCookieOf = createClientRefreshCookies(services.issuer)
  return [
    ...oauthAuthorizeRoutes({ ...services, ...oauth }),
    ...oauthLogoutRoutes({ ...services, ...oauth }),
    ...(oauth.registration === null
      ? []
      : oauthRegisterRoutes(oauth.registration, services.issuer)),
    oauthTokenRoute(oauth.tokenEndpoint, readDpopProof, refreshCookieOf, services.clock),
    oauthParRoute(oauth.pushRequest, readDpopProof),
    oauthDeviceAuthorizationRoute(services.issuer, oauth.beginDevice),
    ...oauthUserinfoRoutes({ ...services, clients: oauth.clients }),
    oauthIntrospectRoute(oauth.authenticateClient, oauth.introspect, introspectionTokens),
    oauthRevokeRoute(oauth.authenticateClient, oauth.revokeToken, refreshCookieOf),
  ]
}
