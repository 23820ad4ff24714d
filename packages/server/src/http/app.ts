import { Hono } from 'hono'

import { MapaeError } from '../domain/errors.ts'
import { acceptedTypes } from './accept.ts'
import type { Authenticate } from './authenticate.ts'
import type { ClientAddress } from './client-address.ts'
import type { ReadClientCertificate } from './client-certificate.ts'
import { corsHeaders, isWebOriginFor, preflightAnswer, type WebOrigins } from './cors.ts'
import { asMapaeError, problemAnswer } from './problem.ts'
import { readFormBody, readJsonBody, readQuery } from './request-body.ts'
import { securityHeaders, toResponse } from './response.ts'
import type { Answer, ErrorPage, Route, RouteRequest } from './route.ts'

const DEVICE_LABEL_CHARACTERS = 200

/** What the node server passes along with a request. */
export interface Connection {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } }
}

/** Called once a request, after its answer. `route` is the pattern: paths may hold secrets. */
export interface RequestLog {
  (entry: { method: string; route: string; status: number }, error: MapaeError | null): void
}

export interface AppOptions {
  readonly routes: readonly Route[]
  /** The issuer URL. */
  readonly issuer: string
  readonly webOrigins: WebOrigins
  readonly authenticate: Authenticate
  readonly clientAddress: ClientAddress
  /** Without it clients show none. */
  readonly readClientCertificate?: ReadClientCertificate
  /** For browsers that ask where nothing is; without it they get what programs get. */
  readonly errorPage?: ErrorPage
  readonly log: RequestLog
}

/**
 * Builds the fetch handler from the registry. The order of the steps of every request is here and
 * nowhere else: who is asking, then the body, then the endpoint, then the headers of every answer.
 */
export function createApp(options: AppOptions) {
  const { routes, issuer, webOrigins, log } = options
  const headersOfAll = securityHeaders(issuer.startsWith('https:'))
  const { origin } = new URL(issuer)
  const answerOf = createAnswerOf(options, origin)
  const app = new Hono<{ Bindings: Connection }>()

  async function answered(
    path: string,
    route: Pick<Route, 'failed' | 'cors'> | null,
    request: Request,
    answer: () => Promise<Answer>,
  ): Promise<Response> {
    const [result, error] = await answer().then(
      (success) => [success, null] as const,
      (failure: unknown) => {
        const problem = asMapaeError(failure)
        const { method, headers } = request
        const failed = route?.failed?.(problem, { method, headers, ...addressOf(request, origin) })
        return [failed ?? problemAnswer(problem), problem] as const
      },
    )
    log({ method: request.method, route: path, status: result.status }, error)
    const shared = corsHeaders(route?.cors, request.headers.get('origin'), webOrigins)
    return toResponse(result, { ...headersOfAll, ...shared })
  }

  const nothing = { failed: tellOfNothing(options.errorPage) }
  // One handler a path: where Hono has several to choose from, it chains promises.
  for (const [path, ofPath] of Map.groupBy(routes, (route) => route.path)) {
    const methods = ofPath.map(({ method }) => method)
    const ofPages = ofPath.some(({ errorsAs }) => errorsAs === 'page') ? nothing : null
    app.all(patternOf(path), ({ req, env }) => {
      const request = req.raw
      const method = request.method === 'HEAD' ? 'GET' : request.method
      const route = ofPath.find((one) => one.method === method)
      if (route !== undefined) {
        return answered(path, route, request, () => answerOf(route, request, req.param(), env))
      }
      const asked = askedRoute(request, ofPath, webOrigins)
      return answered(path, asked ?? ofPages, request, async () => {
        if (asked !== null) return preflightAnswer(methods)
        throw new MapaeError('method_not_allowed', { allow: allowOf(methods) })
      })
    })
  }
  app.notFound((context) =>
    answered('unknown', nothing, context.req.raw, async () => {
      throw new MapaeError('not_found')
    }),
  )
  return app
}

/** Who is asking, then the body, then the endpoint. */
function createAnswerOf(options: AppOptions, origin: string) {
  return async (
    route: Route,
    request: Request,
    parameters: Record<string, string>,
    connection: Connection | undefined,
  ): Promise<Answer> => {
    const { method, headers } = request
    const { url, search } = addressOf(request, origin)
    const identity =
      route.authentication === 'access_token'
        ? await options.authenticate({ method, url, headers })
        : null
    const query = route.query === undefined ? null : readQuery(request.url, route.query)
    const readBody = route.bodyAs === 'form' ? readFormBody : readJsonBody
    const body = route.body === null ? null : await readBody(request, route.body)
    const read: RouteRequest = {
      method,
      url,
      search,
      headers,
      parameters,
      query,
      body,
      ...callerOf(headers, options, connection),
      signal: () => request.signal,
    }
    return route.authentication === 'none' ? route.handle(read) : route.handle(read, identity!)
  }
}

/** A page for whoever says that it reads HTML and not that it reads JSON, as browsers do. */
function tellOfNothing(errorPage: ErrorPage | undefined): ErrorPage {
  return (error, request) => {
    const isPage = errorPage !== undefined && asksForPage(request.headers)
    const answer = isPage ? errorPage(error, request) : problemAnswer(error)
    return { ...answer, headers: { ...answer.headers, Vary: 'Accept' } }
  }
}

function asksForPage(headers: Headers): boolean {
  const types = acceptedTypes(headers)
  return types.includes('text/html') && !types.some((type) => type.endsWith('json'))
}

/** Of the issuer's origin whatever the Host header says. */
function addressOf({ url }: Request, origin: string): Pick<RouteRequest, 'url' | 'search'> {
  const path = url.indexOf('/', url.indexOf('//') + 2)
  const query = url.indexOf('?', path)
  const end = query === -1 ? url.length : query
  return { url: origin + url.slice(path, end), search: url.slice(end) }
}

function allowOf(methods: readonly Route['method'][]): string {
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
}

function patternOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

/** The route that a browser asks about before it calls it from a page that may. */
function askedRoute(
  { method, headers }: Request,
  ofPath: readonly Route[],
  webOrigins: WebOrigins,
): Route | null {
  const wanted = headers.get('access-control-request-method')
  const origin = headers.get('origin')
  if (method !== 'OPTIONS' || wanted === null || origin === null) return null
  const route = ofPath.find((one) => one.method === wanted && one.cors !== undefined)
  const isOpen = route?.cors !== 'own_web_origins' || isWebOriginFor(route.cors, origin, webOrigins)
  return route !== undefined && isOpen ? route : null
}

function callerOf(
  headers: Headers,
  { clientAddress, readClientCertificate }: AppOptions,
  connection: Connection | undefined,
): Pick<RouteRequest, 'device' | 'certificate'> {
  const address = connection?.incoming?.socket.remoteAddress
  return {
    device: {
      label: headers.get('user-agent')?.slice(0, DEVICE_LABEL_CHARACTERS) ?? null,
      ipAddress: clientAddress(address, headers),
    },
    certificate: () => readClientCertificate?.(address, headers) ?? null,
  }
}
