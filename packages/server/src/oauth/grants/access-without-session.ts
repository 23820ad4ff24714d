import { MapaeError } from '../../domain/errors.ts'
import { audiencesFor, chooseAudiences } from '../audiences.ts'
import { several, single, words } from '../parameters.ts'
import type { Granted, TokenRequest } from '../token-grant.ts'

/**
 * An access token about `subject` and nothing else: no session ends it, no refresh token follows it.
 * It has what the client asks for among what it may have, all of that when it asks for nothing.
 * Errors: `invalid_scope`, `invalid_target`.
 */
export function accessWithoutSession(
  subject: string,
  { client, parameters, dpopKeyThumbprint, certificateThumbprint }: TokenRequest,
  defaultAudience: string,
): Granted {
  const asked = single(parameters, 'scope')
  const scopes = asked === null ? client.scopes : words(asked)
  // Nobody signed in whom openid could be about.
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
      dpopKeyThumbprint,
      certificateThumbprint,
      actor: null,
    },
    refresh: null,
    idToken: null,
  }
}
