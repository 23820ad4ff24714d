import type { ZodType } from 'zod'

import type { ClientCertificate } from '../domain/client-certificate.ts'
import type { ErrorCode, MapaeError } from '../domain/errors.ts'
import type { Device } from '../sessions/start.ts'
import type { AccessTokenIdentity } from '../tokens/access-token.ts'

/** What an endpoint answers; the app adds what every answer carries. At most one kind of body. */
export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly html?: string
  readonly text?: string
  /** A body that goes on; its `Content-Type` is among the headers. */
  readonly stream?: ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  /** Each a `Set-Cookie`. */
  readonly cookies?: readonly string[]
}

export interface RouteRequest<Body = unknown, Query = unknown> {
  readonly method: string
  /** The issuer's origin with this request's path, without its query. */
  readonly url: string
  /** The query as it came, with its question mark; empty without one. */
  readonly search: string
  readonly headers: Headers
  readonly parameters: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly device: Device
  /** What the client showed when it connected; null when nothing. Errors: `invalid_request`. */
  readonly certificate: () => ClientCertificate | null
  /** Aborts when the client goes away; made when somebody asks. */
  readonly signal: () => AbortSignal
}

interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Parameters as `{name}`, as OpenAPI writes them. */
  readonly path: `/${string}`
  readonly summary: string
  /** Successful answers: their schema, or null for no JSON body. */
  readonly answers: Readonly<Record<number, ZodType | null>>
  readonly errors: readonly ErrorCode[]
  /** How the body is written: JSON unless it says otherwise. */
  readonly bodyAs?: 'json' | 'form'
  /**
   * Which pages of other origins may call it: `any` without cookies, `own_web_origins` with them when
   * the origin is one of a client of the operator's own, `any_or_web_origins` those of any client
   * with and all others without. Without it: none.
   */
  readonly cors?: 'any' | 'own_web_origins' | 'any_or_web_origins'
  /** What `failed` writes, for the description: OAuth errors, or a page for a person. */
  readonly errorsAs?: 'oauth' | 'page'
  /** How errors are told; as RFC 9457 problems unless it says otherwise. */
  failed?(error: MapaeError, request: FailedRequest): Answer
}

/** Tells a person of an error. */
export interface ErrorPage {
  (error: MapaeError, request: FailedRequest): Answer
}

/** What is known of a request although it failed. */
export type FailedRequest = Pick<RouteRequest, 'method' | 'url' | 'search' | 'headers'>

/** One entry of the registry: the router, the checks and the OpenAPI document come from it. */
export type Route =
  | (RouteFacts & {
      readonly authentication: 'none'
      readonly body: ZodType | null
      readonly query?: ZodType
      handle(request: RouteRequest): Promise<Answer> | Answer
    })
  | (RouteFacts & {
      readonly authentication: 'access_token'
      readonly body: ZodType | null
      readonly query?: ZodType
      handle(request: RouteRequest, identity: AccessTokenIdentity): Promise<Answer> | Answer
    })

interface OpenRoute<Body, Query> extends RouteFacts {
  readonly body: ZodType<Body> | null
  readonly query?: ZodType<Query>
  handle(request: RouteRequest<Body, Query>): Promise<Answer> | Answer
}

interface AuthenticatedRoute<Body, Query> extends RouteFacts {
  readonly body: ZodType<Body> | null
  readonly query?: ZodType<Query>
  handle(
    request: RouteRequest<Body, Query>,
    identity: AccessTokenIdentity,
  ): Promise<Answer> | Answer
}

/** A route that anybody may call. */
export function openRoute<Body = null, Query = null>(route: OpenRoute<Body, Query>): Route {
  return { ...route, authentication: 'none' }
}

/** A route for whoever sends a valid access token. */
export function authenticatedRoute<Body = null, Query = null>(
  route: AuthenticatedRoute<Body, Query>,
): Route {
  return { ...route, authentication: 'access_token' }
}
