import type { ZodType } from 'zod'

import type { ErrorCode } from '../domain/errors.ts'
import type { Device } from '../sessions/start.ts'
import type { AccessTokenIdentity } from '../tokens/access-token.ts'

/** What an endpoint answers; the app adds what every answer carries. */
export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface RouteRequest<Body> {
  readonly headers: Headers
  readonly parameters: Readonly<Record<string, string>>
  readonly body: Body
  readonly device: Device
}

interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Parameters as `{name}`, as OpenAPI writes them. */
  readonly path: `/${string}`
  readonly summary: string
  /** Successful answers: their schema, or null for no body. */
  readonly answers: Readonly<Record<number, ZodType | null>>
  readonly errors: readonly ErrorCode[]
}

/** One entry of the registry: the router, the checks and the OpenAPI document come from it. */
export type Route =
  | (RouteFacts & {
      readonly authentication: 'none'
      readonly body: ZodType | null
      handle(request: RouteRequest<unknown>): Promise<Answer> | Answer
    })
  | (RouteFacts & {
      readonly authentication: 'access_token'
      readonly body: ZodType | null
      handle(
        request: RouteRequest<unknown>,
        identity: AccessTokenIdentity,
      ): Promise<Answer> | Answer
    })

interface OpenRoute<Body> extends RouteFacts {
  readonly body: ZodType<Body> | null
  handle(request: RouteRequest<Body>): Promise<Answer> | Answer
}

interface AuthenticatedRoute<Body> extends RouteFacts {
  readonly body: ZodType<Body> | null
  handle(request: RouteRequest<Body>, identity: AccessTokenIdentity): Promise<Answer> | Answer
}

/** A route that anybody may call. */
export function openRoute<Body = null>(route: OpenRoute<Body>): Route {
  return { ...route, authentication: 'none' }
}

/** A route for whoever sends a valid access token. */
export function authenticatedRoute<Body = null>(route: AuthenticatedRoute<Body>): Route {
  return { ...route, authentication: 'access_token' }
}
