import { createHash } from 'node:crypto'

import { acrValuesOf, chooseAcr, reachableAcrValues } from '../../domain/authentication-context.ts'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type {
  AuthorizationRequest,
  StoredAuthorizationRequest,
} from '../../domain/authorization-request.ts'
import type { AuthenticationMethod } from '../../domain/browser-session.ts'
import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Random, UserId } from '../../domain/ids.ts'
import type { Stores } from '../../domain/ports.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { IsAgreedAddress } from '../agreed-address.ts'
import type { ClientRegistry } from '../client-registry.ts'
import { required, single, type Parameters } from '../parameters.ts'
import type { Subjects } from '../subjects.ts'
import { AuthorizationError, parametersOfError, type ReturnPath } from './authorization-error.ts'
import { decideNextStep } from './next-step.ts'
import { readAuthorizationRequest, readReturnPath, type RequestReading } from './read-request.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'
import type { ReadRequestObject } from './request-object.ts'
import { idOfRequestUri, type WaitingRequests } from './waiting-requests.ts'

/** From the browser to the application and back here: no human is in between. */
const CODE_SECONDS = 60 as Seconds
const CODE_BYTES = 32

/** Who is signed in at the browser that asks. */
export interface AskingBrowser {
  readonly id: string
  readonly userId: UserId
  readonly authenticatedAt: UnixSeconds
  readonly methods: readonly AuthenticationMethod[]
}

export type AuthorizationOutcome =
  /** The page that comes next; it sends the browser back with the identifier. */
  | {
      readonly kind: 'interaction'
      readonly step: 'sign_in' | 'select_account' | 'consent'
      readonly requestId: string
    }
  | {
      readonly kind: 'response'
      readonly returnPath: ReturnPath
      readonly parameters: Readonly<Record<string, string>>
      /** Whether the browser may be taken there at once; else the person is asked. */
      readonly isAgreed: boolean
    }

export interface Authorize {
  /**
   * Answers an authorization request, one that has just come or one that waited.
   * Errors: `invalid_request` for the person at the browser when nobody can be trusted to receive
   * an answer, `request_expired` when one that waited is over, `server_busy` and `too_many_attempts`
   * when the document of a client cannot be read, `too_many_attempts` when too many requests from the
   * address wait for somebody to sign in. Spec: RFC 6749 section 4.1, RFC 9207.
   */
  (
    parameters: Parameters,
    browser: AskingBrowser | null,
    ipAddress: string | null,
  ): Promise<AuthorizationOutcome>
}

export interface AuthorizeServices extends RequestReading {
  readonly issuer: string
  readonly stores: Pick<
    Stores,
    'users' | 'consents' | 'authorizationCodes' | 'authorizationRequests'
  >
  readonly clients: ClientRegistry
  readonly isAgreedAddress: IsAgreedAddress
  readonly waitingRequests: WaitingRequests
  readonly readRequestObject: ReadRequestObject
  readonly subjects: Subjects
  readonly clock: Clock
  readonly random: Random
}

/** A request, and under which name it waits when it does. */
interface Asked {
  readonly client: Client
  readonly request: AuthorizationRequest
  readonly waiting: (StoredAuthorizationRequest & { readonly id: string }) | null
}

export function createAuthorize(services: AuthorizeServices): Authorize {
  const { issuer, isAgreedAddress } = services
  const decide = createDecide(services)
  return async (parameters, browser, ipAddress) => {
    try {
      return await decide(parameters, browser, ipAddress)
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error
      const { returnPath } = error
      const clientId = required(parameters, 'client_id')
      const userId = browser?.userId ?? null
      const isAgreed = await isAgreedAddress(clientId, userId, returnPath.redirectUri)
      return {
        kind: 'response',
        returnPath,
        parameters: parametersOfError(error, issuer),
        isAgreed,
      }
    }
  }
}

/** Errors: `AuthorizationError` besides. */
function createDecide(services: AuthorizeServices): Authorize {
  const { stores, waitingRequests, subjects, clock, issuer } = services

  return async (parameters, browser, ipAddress) => {
    const asked = await readAsked(services, parameters)
    const { client, request, waiting } = asked
    const user = browser === null ? null : await enabledUser(services, browser.userId)
    const signedIn =
      browser === null || user === null
        ? null
        : {
            authenticatedAt: browser.authenticatedAt,
            subject: subjects.subjectFor(client, user.id),
            acrValues: acrValuesOf(browser.methods),
            isForThis: waiting?.browserSessionId === browser.id,
            isChosen: waiting?.chosenSessionId === browser.id,
          }
    const step = decideNextStep({
      request,
      client,
      signedIn,
      isDenied: waiting !== null && waiting.deniedAt !== null,
      isApproved: user !== null && waiting?.approvedBy === user.id,
      consent: user === null ? null : await stores.consents.find(user.id, client.id),
      isClientAssured: isAssured(client, request, issuer),
      reachableAcrValues,
      now: clock.seconds(),
    })
    if (step.kind === 'done') return respond(services, asked, browser!, user!)
    if (step.kind === 'error') {
      if (waiting !== null) await stores.authorizationRequests.remove(waiting.idHash)
      throw new AuthorizationError(step.error, request)
    }
    const requestId = waiting?.id ?? (await waitingRequests.keep(request, ipAddress))
    return { kind: 'interaction', step: step.kind, requestId }
  }
}

async function readAsked(services: AuthorizeServices, parameters: Parameters): Promise<Asked> {
  const client = await services.clients.resolve(required(parameters, 'client_id'))
  if (client === null) {
    throw new MapaeError('invalid_request', { detail: 'client_id is not known here.' })
  }
  const id = idOfRequestUri(single(parameters, 'request_uri') ?? '')
  if (id !== null) return readWaiting(services, client, id)
  // Whatever is at that address: this server does not go and look.
  if (single(parameters, 'request_uri') !== null) {
    throw new AuthorizationError('request_uri_not_supported', readReturnPath(parameters, client))
  }
  const asked = await services.readRequestObject(parameters, client)
  const path = readReturnPath(asked, client)
  if (client.requiresPushedRequests) {
    throw new AuthorizationError('invalid_request', path, 'This client has to push its requests.')
  }
  const request = readAuthorizationRequest(asked, client, path, services)
  return { client, request, waiting: null }
}

async function readWaiting(
  { waitingRequests }: AuthorizeServices,
  client: Client,
  id: string,
): Promise<Asked> {
  const waiting = await waitingRequests.find(id)
  const isGood =
    waiting?.request.clientId === client.id &&
    // It may have taken the address back meanwhile.
    isRegisteredRedirectUri(client.redirectUris, waiting.request.redirectUri)
  if (!isGood) throw new MapaeError('request_expired', { clientId: client.id })
  return { client, request: waiting.request, waiting: { ...waiting, id } }
}

async function enabledUser({ stores }: AuthorizeServices, id: UserId): Promise<User | null> {
  const user = await stores.users.find(id)
  return user?.disabledAt === null ? user : null
}

/**
 * Whether an answer can only reach the client itself: it has to prove who it is, or its redirect
 * URI is a web address that it controls.
 */
function isAssured(client: Client, { redirectUri }: AuthorizationRequest, issuer: string): boolean {
  if (client.authenticationMethod !== 'none') return true
  return redirectUri.startsWith('https:') || redirectUri.startsWith(`${new URL(issuer).origin}/`)
}

async function respond(
  { stores, issuer, clock, random }: AuthorizeServices,
  { client, request, waiting }: Asked,
  browser: AskingBrowser,
  user: User,
): Promise<AuthorizationOutcome> {
  const code = Buffer.from(random(CODE_BYTES)).toString('base64url')
  const now = clock.seconds()
  const stored: AuthorizationCode = {
    codeHash: hashOfCode(code),
    clientId: client.id,
    userId: user.id,
    credentialVersion: user.credentialVersion,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    scopes: request.scopes,
    resources: request.resources,
    nonce: request.nonce,
    authTime: browser.authenticatedAt,
    acr: chooseAcr(acrValuesOf(browser.methods), wishesOf(request)),
    amr: browser.methods,
    browserSessionId: browser.id,
    requestedClaims: request.requestedClaims,
    dpopKeyThumbprint: request.dpopKeyThumbprint,
    createdAt: now,
    expiresAt: after(now, CODE_SECONDS),
    redeemedAt: null,
    sessionId: null,
  }
  const requestIdHash = waiting?.idHash ?? null
  const reliesOnConsent = !client.isTrusted || !isAssured(client, request, issuer)
  if (!(await stores.authorizationCodes.insert(stored, requestIdHash, reliesOnConsent))) {
    throw new MapaeError('request_expired', { clientId: client.id })
  }
  const { state } = request
  const parameters = { code, ...(state === null ? {} : { state }), iss: issuer }
  // Nobody gets a code whom the user, or an operator, did not allow to have it there.
  return { kind: 'response', returnPath: request, parameters, isAgreed: true }
}

/** What is required comes first: the answer has to say one of that. */
function wishesOf({ requiredAcrValues, acrValues }: AuthorizationRequest): readonly string[] {
  return [...(requiredAcrValues ?? []), ...acrValues]
}

/** Without a salt: 256 random bits are not guessed. */
export function hashOfCode(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}
