import { MapaeError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/ids.ts'
import type { UserStore } from '../../domain/ports.ts'
import { audiencesFor, chooseAudiences } from '../audiences.ts'
import type { UseAssertion } from '../client-assertion.ts'
import { required, several, single, words } from '../parameters.ts'
import type { Grant } from '../token-grant.ts'

/**
 * A client signs whom it wants an access token for: itself, or, when the operator calls it trusted,
 * any user. No session comes of it, and no refresh token: the client can sign again.
 * Spec: RFC 7523 section 2.1.
 */
export function jwtBearerGrant(
  useAssertion: UseAssertion,
  users: UserStore,
  defaultAudience: string,
): Grant {
  return {
    type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    async grant({ client, parameters, dpopKeyThumbprint, certificateThumbprint }) {
      const subject = await useAssertion(required(parameters, 'assertion'), client)
      if (subject === null) throw invalidAssertion()
      if (subject !== client.id) {
        // The assertion says that the client speaks for the user; nobody else does.
        const user = client.isTrusted ? await users.find(subject as UserId) : null
        if (user === null || user.disabledAt !== null) throw invalidAssertion()
      }
      const asked = single(parameters, 'scope')
      const scopes = asked === null ? client.scopes : words(asked)
      const isAllowed = (scope: string) => client.scopes.includes(scope) && scope !== 'openid'
      if (asked !== null && !scopes.every(isAllowed)) throw new MapaeError('invalid_scope')
      const allowed = audiencesFor(client, defaultAudience)
      const resources = several(parameters, 'resource')
      return {
        access: {
          subject,
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

function invalidAssertion(): MapaeError {
  return new MapaeError('invalid_grant', { detail: 'The assertion is not valid.' })
}
