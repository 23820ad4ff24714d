import type { ErrorCode } from '../domain/errors.ts'
import type { Parameters } from '../oauth/parameters.ts'
import { parametersSchema } from './parameters-schema.ts'
import { openRoute, type Answer, type ErrorPage, type Route, type RouteRequest } from './route.ts'

export interface LinkOrFormFacts {
  readonly path: `/${string}`
  readonly summary: string
  readonly errors: readonly ErrorCode[]
  /** What a person reads who cannot be sent on. */
  readonly errorPage: ErrorPage
}

/**
 * An endpoint that applications send browsers to, by a link or by a form: the same parameters, in the
 * query or in the body.
 */
export function linkOrFormRoutes(
  { errorPage, ...own }: LinkOrFormFacts,
  answer: (parameters: Parameters, request: RouteRequest) => Promise<Answer>,
): readonly Route[] {
  const facts = {
    ...own,
    answers: { 200: null, 303: null },
    errorsAs: 'page',
    failed: errorPage,
  } as const
  return [
    openRoute({
      ...facts,
      method: 'GET',
      body: null,
      query: parametersSchema,
      handle: (request) => answer(request.query, request),
    }),
    openRoute({
      ...facts,
      method: 'POST',
      bodyAs: 'form',
      body: parametersSchema,
      handle: (request) => answer(request.body, request),
    }),
  ]
}
