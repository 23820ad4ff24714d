import { MapaeError } from '../../domain/errors.ts'
import { audiencesFor, chooseAudiences } from '../audiences.ts'
import { several, single, words } from '../parameters.ts'
import type { Grant } from '../token-grant.ts'

/**
 * A client gets an access token for itself: no user, no session, nothing stored.
 * Spec: RFC 6749 section 4.4, RFC 9068 section 2.2.
 */
export function clientCredentialsGrant(defaultAudience: string): Grant {
  return {
    type: 'client_credentials',
    async grant({ client, parameters, dpopKeyThumbprint, certificateThumbprint }) {
      const asked = single(parameters, 'scope')
      const scopes = asked === null ? client.scopes : words(asked)
      // There is no user whom openid could be about.
      const isAllowed = (scope: string) => client.scopes.includes(scope) && scope !== 'openid'
      if (asked !== null && !scopes.every(isAllowed)) throw new MapaeError('invalid_scope')
      const allowed = audiencesFor(client, defaultAudience)
      const resources = several(parameters, 'resource')
      return {
        access: {
          subject: client.id,
          audiences: chooseAudiences(resources, allowed, allowed.slice(0, 1)),
          scopes: scopes.filter(isAllowed),
          sessionId: null,
          until: null,
          authTime: null,
          acr: null,
          amr: null,
          dpopKeyThumbprint,
          certificateThumbprint,
          actor: null,
        },
        refresh: null,
        idToken: null,
      }
    },
  }
}
