import { z } from 'zod'

import { errorTable, MapaeError, type ErrorCode, type ErrorDetails } from '../domain/errors.ts'
import { problemAnswer } from './problem.ts'
import type { Route } from './route.ts'

const problemReference = { $ref: '#/components/schemas/Problem' }

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string().optional(),
})

/** Spec: RFC 6749 section 5.2. */
const oauthErrorSchema = z.looseObject({
  error: z.string(),
  error_description: z.string().optional(),
})

const ACCESS_TOKEN_ERRORS = [
  'invalid_request',
  'authentication_required',
  'insufficient_scope',
  'invalid_token',
  'invalid_dpop_proof',
  'use_dpop_nonce',
] as const satisfies readonly ErrorCode[]

/** Describes the registry. Spec: OpenAPI 3.1.0. */
export function openApiDocument(routes: readonly Route[], issuer: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mapae',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas: {
        Problem: jsonSchema(problemSchema, 'output'),
        OAuthError: jsonSchema(oauthErrorSchema, 'output'),
      },
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  }
}

function operation(route: Route): object {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...queryParameters(route)]
  return {
    summary: route.summary,
    ...(route.authentication === 'access_token' ? { security: [{ accessToken: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === null
      ? {}
      : { requestBody: { content: bodyContent(route, jsonSchema(route.body, 'input')) } }),
    responses: { ...successes(route), ...failures(route) },
  }
}

function successes(route: Route): Record<string, object> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, schema]) => [
      status,
      schema === null
        ? { description: 'Done.' }
        : { description: 'Done.', content: jsonContent(jsonSchema(schema, 'output')) },
    ]),
  )
}

/** Errors of the route and those that its authentication and its body bring, by status. */
function failures(route: Route): Record<string, object> {
  const codes = new Set<ErrorCode>(route.errors)
  if (route.authentication === 'access_token') {
    for (const code of ACCESS_TOKEN_ERRORS) codes.add(code)
  }
  if (route.query !== undefined) codes.add('invalid_request')
  if (route.body !== null) {
    codes.add('invalid_request').add('body_too_large').add('unsupported_media_type')
    if (route.bodyAs !== 'form') codes.add('invalid_json')
  }
  const tellings = [...codes].flatMap((code) => tellingsOf(route, code))
  return Object.fromEntries(
    [...Map.groupBy(tellings, ({ status }) => status)].map(([status, ofStatus]) => [
      status,
      failure(route, [...new Set(ofStatus.map(({ words }) => words))]),
    ]),
  )
}

/** What makes a difference to how an OAuth endpoint tells an error. */
const DIFFERENCES: readonly ErrorDetails[] = [
  {},
  { challenge: 'Bearer' },
  { members: { setting: 'redirectUris' } },
]

/** With which status a route tells an error, and in which words; OAuth may know several. */
function tellingsOf(route: Route, code: ErrorCode): { status: number; words: string }[] {
  const { status, title } = errorTable[code]
  if (route.errorsAs === 'page') return [{ status, words: 'A page that says why.' }]
  if (route.errorsAs === undefined) return [{ status, words: `\`${code}\`: ${title}` }]
  const request = { method: route.method, url: route.path, search: '', headers: new Headers() }
  return DIFFERENCES.map((details) => {
    const error = new MapaeError(code, details)
    const answer = route.failed?.(error, request) ?? problemAnswer(error)
    return { status: answer.status, words: (answer.json as { error: string }).error }
  })
}

function failure({ errorsAs }: Route, words: readonly string[]): object {
  if (errorsAs === 'page') return { description: words.join(' ') }
  if (errorsAs === 'oauth') {
    const content = jsonContent({ $ref: '#/components/schemas/OAuthError' })
    return { description: words.join(', '), content }
  }
  return {
    description: words.join(' '),
    content: { 'application/problem+json': { schema: problemReference } },
  }
}

function queryParameters({ query }: Route): object[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(query, 'input') as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function bodyContent({ bodyAs }: Route, schema: object): object {
  return bodyAs === 'form'
    ? { 'application/x-www-form-urlencoded': { schema } }
    : jsonContent(schema)
}

function jsonContent(schema: object): object {
  return { 'application/json': { schema } }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}
