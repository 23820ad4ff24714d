import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import { isId, type SessionId } from '../../domain/ids.ts'
import type { SessionStore } from '../../domain/ports.ts'
import type { Session } from '../../domain/session.ts'
import type { Clock, UnixSeconds } from '../../domain/time.ts'
import { isOpen } from '../../sessions/rotation.ts'
import type { ClientAccessTokens } from '../../tokens/client-access-token.ts'
import { audiencesFor, audiencesOf, chooseAudiences } from '../audiences.ts'
import { required, several, single, words, type Parameters } from '../parameters.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant } from '../token-grant.ts'
import type { HasStanding } from '../token-standing.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

export interface TokenExchangeServices {
  readonly clientAccessTokens: ClientAccessTokens
  readonly sessions: SessionStore
  readonly hasStanding: HasStanding
  readonly subjects: Subjects
  readonly defaultAudience: string
  readonly clock: Clock
}

/** What is known of a token that was presented: all of it was signed here. */
interface PresentedToken {
  readonly subject: string
  readonly audiences: readonly string[]
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly expiresAt: UnixSeconds
  readonly actor: Readonly<Record<string, unknown>> | null
  readonly session: Session | null
}

/**
 * A service that got an access token for itself exchanges it for one with which it can call the
 * next service on behalf of the same user. The new token says so (`act`), can do no more than the
 * old one and what the service itself may, lives no longer, and ends with the same session.
 * Spec: RFC 8693.
 */
export function tokenExchangeGrant(services: TokenExchangeServices): Grant {
  const { subjects, defaultAudience } = services
  return {
    type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    async grant({ client, parameters, dpopKeyThumbprint, certificateThumbprint }) {
      // Who acts is part of the answer, so that it must be certain.
      if (client.authenticationMethod === 'none') throw new MapaeError('unauthorized_client')
      checkTypes(parameters)
      const subject = await present(services, parameters, 'subject_token')
      if (!isGivenTo(client, subject)) throw refused('subject_token is not for this client.')
      const actor = await readActor(services, client, parameters)
      const allowed = allowedAudiences(client, subject, defaultAudience)
      const asked = [...several(parameters, 'resource'), ...several(parameters, 'audience')]
      const scopes = chooseScopes(single(parameters, 'scope'), client, subject.scopes)
      return {
        access: {
          subject:
            subject.session === null
              ? subject.subject
              : subjects.subjectFor(client, subject.session.userId),
          audiences: chooseTarget(asked, allowed),
          scopes,
          sessionId: subject.session?.id ?? null,
          until: subject.expiresAt,
          // The same user's sign-in as before: the next service may ask for as much as this one.
          authTime: subject.session?.authTime ?? null,
          acr: subject.session?.acr ?? null,
          dpopKeyThumbprint,
          certificateThumbprint,
          actor: { sub: actor, ...(subject.actor === null ? {} : { act: subject.actor }) },
        },
        refresh: null,
        idToken: null,
        members: { issued_token_type: ACCESS_TOKEN },
      }
    },
  }
}

function checkTypes(parameters: Parameters): void {
  const types = [required(parameters, 'subject_token_type')]
  const actorType = single(parameters, 'actor_token_type')
  if (actorType !== null) types.push(actorType)
  if ((actorType === null) !== (single(parameters, 'actor_token') === null)) {
    throw refused('actor_token and actor_token_type go together.')
  }
  if (!types.every((type) => type === ACCESS_TOKEN || type === JWT)) {
    throw refused('Only access tokens are exchanged.')
  }
  const wanted = single(parameters, 'requested_token_type') ?? ACCESS_TOKEN
  if (wanted !== ACCESS_TOKEN && wanted !== JWT) throw refused('Only access tokens are issued.')
}

/** Errors: `invalid_request` for whatever is wrong with it. Spec: RFC 8693 section 2.2.2. */
async function present(
  { clientAccessTokens, sessions, hasStanding, clock }: TokenExchangeServices,
  parameters: Parameters,
  name: 'subject_token' | 'actor_token',
): Promise<PresentedToken> {
  const claims = clientAccessTokens.find(required(parameters, name))
  if (claims === null) throw refused(`${name} is not valid.`)
  const { sub, sid, iat, act, scope, exp } = claims
  const isOfSession = typeof sid === 'string' && isId(sid)
  const session = isOfSession ? await sessions.find(sid as SessionId) : null
  if (sid !== undefined && (session === null || !isOpen(session, clock.seconds()))) {
    throw refused(`${name} is not valid any more.`)
  }
  if (!(await hasStanding({ client_id: claims['client_id'], sub, sid, iat }))) {
    throw refused(`${name} is not valid any more.`)
  }
  return {
    subject: sub as string,
    audiences: [claims.aud ?? []].flat(),
    scopes: words(typeof scope === 'string' ? scope : null),
    clientId: claims['client_id'] as string,
    expiresAt: exp as UnixSeconds,
    actor: typeof act === 'object' && act !== null ? { ...act } : null,
    session,
  }
}

/** The client is the service that the token is for, or it got the token itself. */
function isGivenTo(client: Client, { audiences, clientId }: PresentedToken): boolean {
  return (
    clientId === client.id ||
    (client.resource !== null && audiences.includes(client.resource.audience))
  )
}

/**
 * Where the new token may lead. For what a user let the client itself have these are the resources
 * that the user agreed to and no others: an exchange asks nobody. A service that was called by
 * another client goes on to where its operator lets it go, as that is what it was registered for.
 * Spec: RFC 8707 sections 2.1 and 2.2, RFC 8693 section 5.
 */
function allowedAudiences(
  client: Client,
  { session }: PresentedToken,
  defaultAudience: string,
): readonly string[] {
  const registered = audiencesFor(client, defaultAudience)
  if (session?.clientId !== client.id || client.isTrusted) return registered
  const granted = audiencesOf(session.audience)
  return registered.filter((audience) => granted.includes(audience))
}

/** Errors: `invalid_target`. */
function chooseTarget(asked: readonly string[], allowed: readonly string[]): readonly string[] {
  // Its operator took away from the client what the user had agreed to.
  if (allowed.length === 0) throw new MapaeError('invalid_target')
  return chooseAudiences(asked, allowed, allowed.slice(0, 1))
}

/** Who acts: the client, or another of its tokens says who, which only it can have got. */
async function readActor(
  services: TokenExchangeServices,
  client: Client,
  parameters: Parameters,
): Promise<string> {
  if (single(parameters, 'actor_token') === null) return client.id
  const actor = await present(services, parameters, 'actor_token')
  if (actor.clientId !== client.id) throw refused('actor_token is not of this client.')
  return actor.subject
}

/** No more than the token had, and no more than the client may have. */
function chooseScopes(
  asked: string | null,
  client: Client,
  had: readonly string[],
): readonly string[] {
  const possible = had.filter((scope) => client.scopes.includes(scope) && scope !== 'openid')
  if (asked === null) return possible
  const scopes = words(asked)
  if (scopes.every((scope) => possible.includes(scope))) return scopes
  throw new MapaeError('invalid_scope')
}

function refused(detail: string): MapaeError {
  return new MapaeError('invalid_request', { detail })
}
