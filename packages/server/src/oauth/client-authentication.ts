import type { Client, ClientAuthenticationMethod } from '../domain/client.ts'
import type { ClientCertificate } from '../domain/client-certificate.ts'
import { MapaeError } from '../domain/errors.ts'
import { networkOf } from '../domain/network.ts'
import type { Clock } from '../domain/time.ts'
import type { ClientRegistry } from './client-registry.ts'
import { isSecretOf } from './client-secret.ts'
import type { FailureThrottle } from './failure-throttle.ts'
import { single, type Parameters } from './parameters.ts'

/** A request in which a client says who it is. */
export interface ClientRequest {
  readonly headers: Headers
  readonly parameters: Parameters
  readonly ipAddress: string | null
  /** What the client showed when it connected. */
  readonly certificate?: ClientCertificate | null
}

/** One way to prove who a client is: a value in a list. */
export interface ClientAuthentication {
  /** The registered methods that this one serves. */
  readonly methods: readonly ClientAuthenticationMethod[]
  /** Whom the request claims to be from in this way; null when it does not use it. */
  claimedClientId(request: ClientRequest): string | null
  /** What proves it came with the connection: it is meant when the request has nothing else. */
  readonly needsNothingInTheRequest?: true
  /** Whether the proof holds. */
  isProven(request: ClientRequest, client: Client): boolean | Promise<boolean>
}

export interface AuthenticateClient {
  /**
   * The client that the request comes from, proven in the one way that it registered.
   * Errors: `invalid_client`, `invalid_request` for two ways at once, `too_many_attempts`, and
   * `server_busy` when the document of the client cannot be read now.
   * Spec: RFC 6749 section 2.3.
   */
  (request: ClientRequest): Promise<Client>
}

export function createAuthenticateClient(
  clients: ClientRegistry,
  ways: readonly ClientAuthentication[],
  throttle: FailureThrottle,
): AuthenticateClient {
  const silent = [publicClients, ...ways.filter((way) => way.needsNothingInTheRequest === true)]
  return async (request) => {
    const used = ways
      .map((way) => ({ way, clientId: way.claimedClientId(request) }))
      .filter(({ clientId }) => clientId !== null)
    if (used.length > 1) {
      throw new MapaeError('invalid_request', { detail: 'Prove who the client is in one way.' })
    }
    const named = single(request.parameters, 'client_id')
    const clientId = used[0]?.clientId ?? named
    if (clientId === null) throw invalidClient(request)
    if (named !== null && named !== clientId) {
      throw new MapaeError('invalid_request', { detail: 'client_id names another client.' })
    }
    const key = JSON.stringify(['client', clientId, networkOf(request.ipAddress)])
    throttle.check(key)
    const client = await clients.resolve(clientId)
    if (client !== null) {
      const { authenticationMethod } = client
      const way =
        used[0]?.way ?? silent.find(({ methods }) => methods.includes(authenticationMethod))
      const isRegistered = way?.methods.includes(authenticationMethod) === true
      if (isRegistered && (await way.isProven(request, client))) return client
    }
    throttle.use(key)
    throw invalidClient(request)
  }
}

/** Clients that cannot keep a secret only say who they are. */
const publicClients: ClientAuthentication = {
  methods: ['none'],
  claimedClientId: () => null,
  isProven: () => true,
}

/** The two ways to send a secret; a client may use either. */
export function secretAuthentications(clock: Clock): readonly ClientAuthentication[] {
  const methods = ['client_secret_basic', 'client_secret_post'] as const
  return [
    {
      methods,
      claimedClientId: ({ headers }) => basicCredentials(headers)?.clientId ?? null,
      isProven: ({ headers }, client) =>
        isSecretOf(client, basicCredentials(headers)!.secret, clock.seconds()),
    },
    {
      methods,
      claimedClientId: ({ parameters }) =>
        single(parameters, 'client_secret') === null
          ? null
          : (single(parameters, 'client_id') ?? ''),
      isProven: ({ parameters }, client) =>
        isSecretOf(client, single(parameters, 'client_secret')!, clock.seconds()),
    },
  ]
}

/**
 * Errors: `invalid_client` when the header is malformed. Spec: RFC 7617 section 2, RFC 6749
 * section 2.3.1: both parts are form-encoded first.
 */
function basicCredentials(headers: Headers): { clientId: string; secret: string } | null {
  const authorization = headers.get('authorization')
  if (authorization === null || !/^basic(?: |$)/i.test(authorization)) return null
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) throw new MapaeError('invalid_client', { challenge: CHALLENGE })
  return { clientId: formDecoded(text.slice(0, colon)), secret: formDecoded(text.slice(colon + 1)) }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new MapaeError('invalid_client', { challenge: CHALLENGE })
  }
}

const CHALLENGE = 'Basic realm="mapae", charset="UTF-8"'

function invalidClient({ headers }: ClientRequest): MapaeError {
  return new MapaeError(
    'invalid_client',
    headers.has('authorization') ? { challenge: CHALLENGE } : {},
  )
}
