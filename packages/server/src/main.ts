import { randomBytes } from 'node:crypto'

import { createBatchedRandom } from './compose/batched-random.ts'
import { composeFeed, composeFeedServices, type Feed } from './compose/feed.ts'
import { composeLogin, type Login } from './compose/login.ts'
import { composeMetrics, type RefreshOutcomes } from './compose/metrics.ts'
import { composeOAuth } from './compose/oauth.ts'
import { composePages } from './compose/pages.ts'
import { composeTokens, type Tokens } from './compose/tokens.ts'
import { createRequestLog } from './compose/request-log.ts'
import type { Random, UserId } from './domain/ids.ts'
import type { Stores } from './domain/ports.ts'
import { FIRST_PARTY_CLIENT_ID } from './domain/session.ts'
import type { Clock, Seconds, UnixSeconds } from './domain/time.ts'
import { repeat } from './events/repeat.ts'
import { createApp } from './http/app.ts'
import { createAuthenticateApplication } from './http/authenticate-application.ts'
import { createAuthenticate } from './http/authenticate.ts'
import { createClientAddress } from './http/client-address.ts'
import { createReadClientCertificate } from './http/client-certificate.ts'
import { createReadDpopProof } from './http/dpop.ts'
import type { OutgoingFetch } from './http/outgoing-fetch.ts'
import { createOriginCheck } from './http/origin-check.ts'
import { createRefreshCookie } from './http/refresh-cookie.ts'
import { createRoutes } from './http/routes.ts'
import { createTokenResponse } from './http/token-response.ts'
import type { PasswordStrengthEstimator } from './login/password-strength.ts'
import type { AskingBrowser } from './oauth/authorize/authorize.ts'
import type { OAuth } from './oauth/oauth.ts'
import { createEndAllSessions, createEndSession } from './sessions/end.ts'
import { createRefreshSession, type RefreshOutcome } from './sessions/refresh.ts'
import { createStartSession } from './sessions/start.ts'
import { createHousekeeping } from './storage/housekeeping.ts'
import { openStores } from './storage/open-stores.ts'
import type { Brand } from './ui/theme.ts'

/** A client that another process made, changed or deleted counts here within this time. */
const FOLLOW_CLIENTS_MILLISECONDS = 500
/** A key that another process published or withdrew counts here within this time. */
const FOLLOW_KEYS_MILLISECONDS = 500
/** How often a node looks for keys that are due; all of that has minutes of time. */
const KEEP_KEYS_UP_MILLISECONDS = 10_000
/** How often a node looks for applications to be told of an end. */
const TELL_OF_ENDS_MILLISECONDS = 1_000
const HOUSEKEEPING_MILLISECONDS = 60_000
const DAY_SECONDS = 86_400

export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface MapaeConfig {
  /** The issuer URL in every token. */
  readonly issuer: string
  /** The resource server that first-party access tokens are for. */
  readonly audience: string
  /** `sqlite:PATH` or `postgres://…`. */
  readonly databaseUrl: string
  /** Whether to bring the schema up to date, or to refuse one that is too old. */
  readonly migrations: 'apply' | 'check'
  /** 32 bytes. */
  readonly masterKey: Uint8Array
  /** Opens what was encrypted before `masterKey` took its place. */
  readonly previousMasterKey: Uint8Array | null
  /** How long a signing key signs before the next one does; 0: until somebody asks for it. */
  readonly keyRotationDays: number
  /**
   * Whether this process publishes and retires signing keys and tells applications of ends when
   * that is due. Servers do; a
   * command does what it was asked to and nothing else.
   */
  readonly keepsKeysUp: boolean
  readonly accessTokenSeconds: number
  /** Told of each statement that the database runs for requests; development counts them. */
  readonly watchQuery?: (sql: string) => void
  /** A shorter life for the access tokens of some users; null for all others. */
  readonly accessTokenSecondsOf?: (userId: UserId) => Seconds | null
  readonly refreshIdleSeconds: number
  readonly refreshAbsoluteSeconds: number
  readonly refreshGraceSeconds: number
  /** Who may read the feed of revocations: everybody, or whoever has a token for it. */
  readonly revocationFeed: 'public' | 'private'
  readonly browserIdleSeconds: number
  readonly browserAbsoluteSeconds: number
  readonly signup: 'open' | 'closed'
  /** Whether applications may register themselves. */
  readonly clientRegistration: 'open' | 'closed'
  /** Whether the address of a document about an application may be its `client_id`. */
  readonly clientMetadataDocuments: 'on' | 'off'
  readonly hashConcurrency: number
  readonly hashQueue: number
  readonly signInLimitAccount: number
  readonly signInLimitAddress: number
  readonly trustedProxies: readonly string[]
  /** In which they pass on the certificate of a client; null: none do. */
  readonly clientCertificateHeader: string | null
  /** In which they say that they verified it; null: nobody verifies any. */
  readonly clientCertificateVerifyHeader: string | null
  /** Events and sessions that are over are deleted after this time. */
  readonly auditRetentionDays: number
  /** How the hosted pages look. */
  readonly brand: Brand
  readonly logger: Logger
}

/** What a test replaces. */
export interface MapaeSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly monotonicMilliseconds: () => number
  /** Judges passwords, in place of a thread that this server starts; closed with the server. */
  readonly passwordStrength?: PasswordStrengthEstimator
  /** Calls addresses that clients name. */
  readonly outgoingFetch?: OutgoingFetch
  /** Who is signed in at a browser, in place of what its cookie says. */
  readonly findAskingBrowser?: (headers: Headers) => Promise<AskingBrowser | null>
}

export type Mapae = Awaited<ReturnType<typeof createMapae>>

const systemSurroundings: MapaeSurroundings = {
  clock: {
    seconds: () => Math.floor(Date.now() / 1000) as UnixSeconds,
    milliseconds: () => Date.now(),
  },
  random: createBatchedRandom(randomBytes),
  monotonicMilliseconds: () => performance.now(),
}

/**
 * Puts the server together: `fetch` answers requests and can be mounted inside another app; the
 * rest is what the command line works with. Throws `ConfigurationError` when the database or its
 * keys do not fit the configuration.
 */
export async function createMapae(
  config: MapaeConfig,
  surroundings: MapaeSurroundings = systemSurroundings,
) {
  const { clock } = surroundings
  const { logger } = config
  const stores = await openConfigured(config, clock)
  const tokens = await composeTokens(config, surroundings, stores)
  const feed = await composeFeed(config.issuer, surroundings, stores, tokens.signingKeys)
  const sessions = composeSessions(config, surroundings, stores, tokens, feed)
  const login = await composeLogin(config, surroundings, stores, sessions, feed)
  const oauth = await composeOAuth(config, surroundings, stores, tokens, sessions, login, feed)
  let isStopping = false
  const app = composeHttp(
    config,
    surroundings,
    stores,
    tokens,
    feed,
    sessions,
    login,
    oauth,
    () => isStopping,
  )

  const stopFeed = feed.follow((error) =>
    logger.error({ err: error }, 'reading revocations failed'),
  )
  const retentionSeconds = (config.auditRetentionDays * DAY_SECONDS) as Seconds
  const stopHousekeeping = repeat(
    HOUSEKEEPING_MILLISECONDS,
    createHousekeeping(stores, retentionSeconds, clock),
    (error) => logger.error({ err: error }, 'housekeeping failed'),
  )
  const stopKeys = tendKeys(config, tokens)
  const stopClients = tendClients(config, oauth, tokens)

  return {
    /** Answers a request; the second argument tells the client's address. */
    fetch: app.fetch,
    issuer: config.issuer,
    audience: config.audience,
    clock,
    stores,
    clients: oauth.clientAdministration,
    oauth,
    signingKeys: tokens.signingKeys,
    keyRotation: tokens.keyRotation,
    accounts: login.accounts,
    hasher: login.hasher,
    endSession: sessions.endSession,
    feed: feed.stream,
    /**
     * From now on `/readyz` sends load balancers away, and subscribers of the feed go elsewhere;
     * everything else goes on.
     */
    announceStop() {
      isStopping = true
      feed.stop()
    },
    async close() {
      await Promise.all([stopFeed(), stopHousekeeping(), stopKeys(), stopClients()])
      await login.policy.close()
      await stores.close()
    },
  }
}

/** Follows what other processes do to clients, and tells those of ends that want to know. */
function tendClients(
  { keepsKeysUp, logger }: MapaeConfig,
  oauth: OAuth,
  { prepareFor }: Tokens,
): () => Promise<void> {
  const tasks = [
    repeat(
      FOLLOW_CLIENTS_MILLISECONDS,
      async () => {
        await oauth.clients.follow()
        if (keepsKeysUp) await prepareFor(oauth.clients.algorithms())
      },
      (error) => logger.error({ err: error }, 'reading clients failed'),
    ),
  ]
  if (keepsKeysUp) {
    const failed = (error: unknown) =>
      logger.error({ err: error }, 'telling clients of ended sessions failed')
    tasks.push(repeat(TELL_OF_ENDS_MILLISECONDS, (stopping) => oauth.tellOfEnds(stopping), failed))
  }
  return async () => void (await Promise.all(tasks.map((stop) => stop())))
}

/** Follows what other processes do to the keys and does what is due. Returns how to stop it. */
function tendKeys(
  { keepsKeysUp, logger }: MapaeConfig,
  { signingKeys, keyRotation, sign }: Tokens,
): () => Promise<void> {
  const tasks = [
    repeat(
      FOLLOW_KEYS_MILLISECONDS,
      () => signingKeys.follow(),
      (error) => logger.error({ err: error }, 'reading signing keys failed'),
    ),
  ]
  if (keepsKeysUp) {
    const failed = (error: unknown) => logger.error({ err: error }, 'rotating keys failed')
    tasks.push(repeat(KEEP_KEYS_UP_MILLISECONDS, () => keyRotation.keepUp(), failed))
    // An RSA key takes a while: it is there before the first user of an application signs in.
    const made = sign.prepare('id_token').catch(failed)
    tasks.push(() => made)
  }
  return async () => void (await Promise.all(tasks.map((stop) => stop())))
}

function openConfigured({ databaseUrl, migrations, watchQuery }: MapaeConfig, clock: Clock) {
  return openStores(databaseUrl, migrations, clock.seconds(), watchQuery)
}

function composeSessions(
  config: MapaeConfig,
  { clock, random }: MapaeSurroundings,
  { sessions }: Stores,
  { refreshTokens }: Tokens,
  { revocations }: Feed,
) {
  const idleSeconds = config.refreshIdleSeconds as Seconds
  const absoluteSeconds = config.refreshAbsoluteSeconds as Seconds
  const graceSeconds = config.refreshGraceSeconds as Seconds
  const start = {
    idleSeconds,
    absoluteSeconds,
    clientId: FIRST_PARTY_CLIENT_ID,
    audience: config.audience,
  }
  const policy = { graceSeconds, idleSeconds, lostResponse: 'recover' } as const
  const endSession = createEndSession(sessions, revocations, clock)
  const refreshOutcomes: RefreshOutcomes = new Map()
  const note = (outcome: RefreshOutcome) =>
    void refreshOutcomes.set(outcome, (refreshOutcomes.get(outcome) ?? 0) + 1)
  return {
    refreshOutcomes,
    endSession,
    endAllSessions: createEndAllSessions(sessions, revocations, clock),
    startSession: createStartSession(sessions, start, clock, random),
    refreshSession: createRefreshSession(sessions, refreshTokens, endSession, policy, clock, note),
  }
}

function composeHttp(
  config: MapaeConfig,
  surroundings: MapaeSurroundings,
  stores: Stores,
  tokens: Tokens,
  feed: Feed,
  sessions: Sessions,
  login: Login,
  oauth: OAuth,
  isStopping: () => boolean,
) {
  const { issuer, trustedProxies, logger } = config
  const { clock } = surroundings
  const checkOrigin = createOriginCheck(issuer, (origin) => oauth.clients.isOwnWebOrigin(origin))
  const refreshCookie = createRefreshCookie(issuer, checkOrigin)
  const { accessTokens, refreshTokens, dpopProofs } = tokens
  const authenticate = createAuthenticate(accessTokens, feed.revocations, dpopProofs)
  const authenticateApplication = createAuthenticateApplication(
    issuer,
    tokens.clientAccessTokens,
    oauth.clients,
    feed.revocations,
    dpopProofs,
  )
  const tokenResponse = createTokenResponse(accessTokens, refreshTokens, refreshCookie, clock)
  const metrics = composeMetrics(feed, login.hasher, sessions.refreshOutcomes, clock)
  const pages = composePages(config, surroundings, { stores, ...sessions, ...login, ...oauth })
  const feedServices = composeFeedServices({
    config,
    feed,
    tokens,
    oauth,
    signals: stores.signals,
    clock,
    warn: (fields, message) => logger.warn(fields, message),
  })
  return createApp({
    routes: [
      ...createRoutes({
        metrics,
        issuer,
        resourceName: config.brand.name,
        clock,
        stores,
        isStopping,
        refreshCookie,
        authenticate,
        tokenResponse,
        readDpopProof: createReadDpopProof(dpopProofs),
        ...feedServices,
        oauth,
        authenticateApplication,
        findAskingBrowser:
          surroundings.findAskingBrowser ?? ((headers) => pages.findBrowserSession(headers)),
        ...pages,
        ...tokens,
        ...sessions,
        ...login,
      }),
      ...pages.routes,
    ],
    issuer,
    webOrigins: oauth.clients,
    authenticate,
    clientAddress: createClientAddress(trustedProxies),
    errorPage: pages.errorPage,
    readClientCertificate: createReadClientCertificate(config),
    log: createRequestLog(logger, metrics),
  })
}

type Sessions = ReturnType<typeof composeSessions>
