import type {
  AuthorizationRequest,
  StoredAuthorizationRequest,
} from '../../domain/authorization-request.ts'
import type { Consent, ConsentedScopes, ConsentStore } from '../../domain/consent.ts'
import type { UserId } from '../../domain/ids.ts'
import type { Revocation } from '../../domain/revocation.ts'
import type { Clock } from '../../domain/time.ts'
import { requestedClaimNames } from './next-step.ts'

export interface GrantConsent {
  /**
   * The user says yes to this request: the client may have what it asks for, besides what it has
   * already. False when it is over.
   */
  (
    userId: UserId,
    waiting: Pick<StoredAuthorizationRequest, 'idHash' | 'request'>,
    ipAddress: string | null,
  ): Promise<boolean>
}

export function createGrantConsent(consents: ConsentStore, clock: Clock): GrantConsent {
  return async (userId, { idHash, request }, ipAddress) => {
    const { clientId, scopes, redirectUri } = request
    const at = clock.seconds()
    const details = { client_id: clientId, scope: scopes.join(' ') }
    const name = 'consent.granted'
    const event = { name, at, userId, sessionId: null, ipAddress, details } as const
    for (;;) {
      const before = await consents.find(userId, clientId)
      const consent: Consent = {
        userId,
        clientId,
        grants: withMore(before?.grants ?? [], request),
        claims: union(before?.claims ?? [], requestedClaimNames(request)),
        redirectUri,
        grantedAt: at,
      }
      const outcome = await consents.grant(consent, before, idHash, event)
      // Another tab was faster: what it added stays.
      if (outcome !== 'raced') return outcome === 'granted'
    }
  }
}

export interface WithdrawConsent {
  /** The client has to ask again, and its sessions of the user end. Nothing when it had none. */
  (userId: UserId, clientId: string, ipAddress: string | null): Promise<void>
}

export function createWithdrawConsent(
  consents: ConsentStore,
  tellRevoked: (revoked: readonly Revocation[]) => void,
  clock: Clock,
): WithdrawConsent {
  return async (userId, clientId, ipAddress) => {
    const at = clock.seconds()
    const details = { client_id: clientId }
    const name = 'consent.withdrawn'
    const event = { name, at, userId, sessionId: null, ipAddress, details } as const
    tellRevoked((await consents.withdraw(userId, clientId, event)) ?? [])
  }
}

function withMore(
  before: readonly ConsentedScopes[],
  { resources, scopes }: AuthorizationRequest,
): readonly ConsentedScopes[] {
  const others = before.filter(({ resource }) => !resources.includes(resource))
  const granted = resources.map((resource) => ({
    resource,
    scopes: union(before.find((one) => one.resource === resource)?.scopes ?? [], scopes),
  }))
  return [...others, ...granted]
}

function union(before: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...before, ...more])]
}
