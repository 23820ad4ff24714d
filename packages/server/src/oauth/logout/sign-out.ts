import type { BrowserSession } from '../../domain/browser-session.ts'
import type { SessionStore } from '../../domain/ports.ts'
import type { Clock } from '../../domain/time.ts'
import type { ClientRegistry } from '../client-registry.ts'
import type { Subjects } from '../subjects.ts'
import type { LogoutRequest } from './logout-request.ts'

export interface SignOutServices {
  readonly issuer: string
  readonly clients: ClientRegistry
  readonly subjects: Subjects
  readonly sessions: SessionStore
  readonly browserSessions: {
    end(
      id: BrowserSession['id'],
      userId: BrowserSession['userId'],
      reason: 'logout',
    ): Promise<boolean>
  }
  readonly clock: Clock
}

export interface SignOut {
  /**
   * Whether the application proved that it speaks of whoever is signed in at the browser. Otherwise
   * the user is asked: a link from elsewhere must not sign anybody out.
   */
  isProven(request: LogoutRequest, session: BrowserSession): boolean
  /**
   * Ends what is signed in at the browser, at all applications. Returns what the browser loads
   * unseen, so that each of them can forget what it keeps there.
   * Spec: OpenID Connect Front-Channel Logout section 3.
   */
  end(session: BrowserSession): Promise<readonly string[]>
}

export function createSignOut(services: SignOutServices): SignOut {
  const { issuer, clients, subjects, sessions, browserSessions, clock } = services
  return {
    isProven({ client, subject }, { userId }) {
      return client !== null && subject !== null && subjects.subjectFor(client, userId) === subject
    },

    async end({ id, userId }) {
      const open = await sessions.listOpenOfUser(userId, clock.seconds())
      await browserSessions.end(id, userId, 'logout')
      return open
        .filter(({ browserSessionId }) => browserSessionId === id)
        .flatMap((session) => {
          const uri = clients.find(session.clientId)?.frontchannelLogoutUri ?? null
          return uri === null ? [] : [frontchannelUrl(uri, issuer, session.id)]
        })
    },
  }
}

function frontchannelUrl(uri: string, issuer: string, sessionId: string): string {
  const url = new URL(uri)
  url.searchParams.set('iss', issuer)
  url.searchParams.set('sid', sessionId)
  return url.href
}
