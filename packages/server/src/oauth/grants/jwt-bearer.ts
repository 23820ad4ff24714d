import { MapaeError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/ids.ts'
import type { UserStore } from '../../domain/ports.ts'
import type { UseAssertion } from '../client-assertion.ts'
import { required } from '../parameters.ts'
import type { Grant } from '../token-grant.ts'
import { accessWithoutSession } from './access-without-session.ts'

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
    async grant(request) {
      const { client, parameters } = request
      const assertion = required(parameters, 'assertion')
      const subject = await useAssertion(assertion, client, 'authorization-grant+jwt')
      if (subject === null) throw invalidAssertion()
      if (subject !== client.id) {
        // The assertion says that the client speaks for the user; nobody else does.
        const user = client.isTrusted ? await users.find(subject as UserId) : null
        if (user === null || user.disabledAt !== null) throw invalidAssertion()
      }
      return accessWithoutSession(subject, request, defaultAudience)
    },
  }
}

function invalidAssertion(): MapaeError {
  return new MapaeError('invalid_grant', { detail: 'The assertion is not valid.' })
}
