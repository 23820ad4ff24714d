import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import { audiencesFor, chooseAudiences } from './audiences.ts'
import type { ClientRegistry } from './client-registry.ts'
import { words } from './parameters.ts'
import { isOperatorsClient } from './registration/who-registered.ts'
import { scopesMeant } from './scopes.ts'

/**
 * Where a client may go for its users, and what it may ask them for there. Operators say both of the
 * clients that they made known. A stranger gets what an API opens to strangers, at that API alone,
 * and otherwise learns who signed in.
 */
export interface Reach {
  /**
   * The audiences that are asked for, or the one that is meant. The issuer is user info.
   * Errors: `invalid_target`. Spec: RFC 8707 section 2.
   */
  chooseAudiences(client: Client, asked: readonly string[]): readonly string[]
  /**
   * What a user may be asked to grant at these audiences: of the scopes that are asked for those that
   * the client may have. The rest is left out, and the answer says so.
   * Errors: `invalid_scope` when nothing is left, or a scope is open elsewhere.
   * Spec: RFC 6749 section 3.3, OpenID Connect Core section 3.1.2.1.
   */
  chooseScopes(
    client: Client,
    audiences: readonly string[],
    asked: string | null,
  ): readonly string[]
  /**
   * What of a user's yes still counts: operators may have taken something from the client, or closed
   * an API, since. Errors: `invalid_target` when that is all that it could reach.
   */
  stillAllowed<Yes extends UsersYes>(client: Client, granted: Yes): Yes
}

interface UsersYes {
  readonly audiences: readonly string[]
  readonly scopes: readonly string[]
}

export function createReach(
  issuer: string,
  defaultAudience: string,
  clients: Pick<ClientRegistry, 'resourceServers'>,
): Reach {
  function openAt(audience: string): readonly string[] {
    const { openScopes = [] } = clients.resourceServers().get(audience) ?? {}
    return openScopes.map(({ scope }) => scope)
  }

  /** Resource servers that open something. */
  function openAudiences(): readonly string[] {
    return [...clients.resourceServers().keys()].filter((one) => openAt(one).length > 0)
  }

  /** The first is meant where none is named. */
  function audiencesOf(client: Client): readonly string[] {
    const ofUserInfo = client.scopes.includes('openid') ? [issuer] : []
    return isOperatorsClient(client.id)
      ? [...audiencesFor(client, defaultAudience), ...ofUserInfo]
      : [...client.audiences, ...ofUserInfo, ...openAudiences()]
  }

  /** Besides those that the client has everywhere. */
  function openTo(client: Client, audiences: readonly string[]): readonly string[] {
    return isOperatorsClient(client.id) ? [] : audiences.flatMap(openAt)
  }

  return {
    chooseAudiences(client, asked) {
      const isOperators = isOperatorsClient(client.id)
      const allowed = audiencesOf(client)
      // A stranger that does not even ask who somebody is must not mean an API by naming none.
      const [meant = issuer] = isOperators ? allowed : client.audiences
      const chosen = chooseAudiences(asked, allowed, [meant])
      if (isOperators || chosen.length === 1) return chosen
      throw new MapaeError('invalid_target', { detail: 'Name one resource, not several.' })
    },

    chooseScopes(client, audiences, asked) {
      const open = openTo(client, audiences)
      if (asked === null) return open.length > 0 ? open : scopesMeant(client.scopes)
      const possible = new Set([...client.scopes, ...open])
      const chosen = words(asked).filter((scope) => possible.has(scope))
      const elsewhere = new Set(openTo(client, openAudiences()))
      if (words(asked).some((scope) => !possible.has(scope) && elsewhere.has(scope))) {
        const detail = 'A scope is that of another resource: name it in resource.'
        throw new MapaeError('invalid_scope', { detail })
      }
      if (chosen.length === 0) throw new MapaeError('invalid_scope')
      return chosen
    },

    stillAllowed(client, granted) {
      const isLeft = (audience: string) =>
        (client.audiences.length === 0 && isOperatorsClient(client.id)) ||
        audiencesOf(client).includes(audience)
      const audiences = granted.audiences.filter(isLeft)
      if (audiences.length === 0) throw new MapaeError('invalid_target')
      const possible = new Set([...client.scopes, ...openTo(client, audiences)])
      return {
        ...granted,
        audiences,
        scopes: granted.scopes.filter((scope) => possible.has(scope)),
      }
    },
  }
}
