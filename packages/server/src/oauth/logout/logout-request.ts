import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/ids.ts'
import type { IdTokenHint } from '../../tokens/id-token-hint.ts'
import type { IsAgreedAddress } from '../agreed-address.ts'
import type { ClientRegistry } from '../client-registry.ts'
import { single, type Parameters } from '../parameters.ts'

/** What an application asks for when its user signs out there. */
export interface LogoutRequest {
  /** Null when it did not say, or could not prove, who it is. */
  readonly client: Client | null
  /** `sub` of the ID token that it sent along: whom it means. */
  readonly subject: string | null
  /** Where the browser goes in the end, `state` included; null: it stays here. */
  readonly returnTo: string | null
  /** Whether the browser may be taken there without a word; else the person is asked. */
  readonly isAgreed: boolean
}

export interface ReadLogoutRequest {
  /**
   * Errors: `invalid_request` when the application or the address to return to is not one of those
   * registered: then nobody is sent anywhere.
   * @param userId Who is signed in at the browser.
   */
  (parameters: Parameters, userId: UserId | null): Promise<LogoutRequest>
}

/** Spec: OpenID Connect RP-Initiated Logout section 2 and 3. */
export function createReadLogoutRequest(
  clients: ClientRegistry,
  readHint: (idToken: string) => IdTokenHint | null,
  isAgreedAddress: IsAgreedAddress,
): ReadLogoutRequest {
  return async (parameters, userId) => {
    const idToken = single(parameters, 'id_token_hint')
    // One that cannot be verified counts as none: its key may be gone, and the user still wants out.
    const hint = idToken === null ? null : readHint(idToken)
    const named = single(parameters, 'client_id')
    if (named !== null && hint !== null && hint.clientId !== named) {
      throw new MapaeError('invalid_request', { detail: 'The ID token is of another client.' })
    }
    const clientId = named ?? hint?.clientId ?? null
    const client = clientId === null ? null : await clients.resolve(clientId)
    if (clientId !== null && client === null) {
      throw new MapaeError('invalid_request', { detail: 'There is no such client.' })
    }
    const target = single(parameters, 'post_logout_redirect_uri')
    if (target !== null && !client?.postLogoutRedirectUris.includes(target)) {
      const detail = 'The address to return to is not one of those registered for this client.'
      throw new MapaeError('invalid_request', { detail })
    }
    const state = single(parameters, 'state')
    return {
      client,
      subject: hint?.subject ?? null,
      returnTo: target === null ? null : withState(target, state),
      isAgreed:
        client !== null && target !== null && (await isAgreedAddress(client.id, userId, target)),
    }
  }
}

function withState(target: string, state: string | null): string {
  if (state === null) return target
  const parameter = new URLSearchParams({ state }).toString()
  return `${target}${target.includes('?') ? '&' : '?'}${parameter}`
}

/** What the pages of signing out need to check all of it again. */
export function pageQueryOf({ client }: LogoutRequest, parameters: Parameters): URLSearchParams {
  const query = new URLSearchParams()
  if (client !== null) query.set('client_id', client.id)
  for (const name of ['post_logout_redirect_uri', 'state', 'ui_locales']) {
    const value = single(parameters, name)
    if (value !== null) query.set(name, value)
  }
  return query
}

/** Where the browser goes on: elsewhere, or to a page that asks first. */
export function onwardOf(request: LogoutRequest, parameters: Parameters, issuer = ''): string {
  const signedOut = `${issuer}/signed-out`
  if (request.returnTo === null) return signedOut
  if (request.isAgreed) return request.returnTo
  return `${signedOut}?${pageQueryOf(request, parameters).toString()}`
}
