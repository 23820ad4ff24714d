import { z, type ZodObject, type ZodRawShape } from 'zod'

import { errorTable, MapaeError, type ErrorCode } from '../domain/errors.ts'
import {
  openRoute,
  type Answer,
  type ErrorPage,
  type FailedRequest,
  type Route,
  type RouteRequest,
} from '../http/route.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { Device } from '../sessions/start.ts'
import { errorPage } from './pages/error.ts'
import type { Layout, Page } from './layout.ts'
import { texts } from './texts/texts.ts'
import type { Visit, Visits } from './visit.ts'

/** What the pages say instead of a page: go there. */
export interface GoTo {
  readonly goTo: string
  readonly cookies?: readonly string[]
}

/** One call of a page. */
export interface Asked<Query> {
  readonly visit: Visit
  readonly query: Query
  /** Path and query: where the forms of the page lead. */
  readonly here: string
  readonly device: Device
}

/** What was sent and why it was not enough; the page is shown again with it. */
export interface Retry<Form> {
  readonly form: Form
  readonly error: MapaeError
}

export interface PageDefinition<Query extends ZodRawShape, Form extends ZodRawShape> {
  readonly path: `/${string}`
  readonly summary: string
  readonly query: Query
  readonly form: Form
  /** Errors that the page tells itself, in its form; others have a page of their own. */
  readonly tells: readonly ErrorCode[]
  /** Languages that the application asks for on its user's behalf. */
  uiLocales?(query: z.infer<ZodObject<Query>>): Promise<readonly string[]>
  show(
    asked: Asked<z.infer<ZodObject<Query>>>,
    retry: Retry<z.infer<ZodObject<Form>>> | null,
  ): Promise<Page | GoTo> | Page | GoTo
  /**
   * Does what the form asks for; then the browser goes on, or has to confirm. Null: the page has no
   * form.
   */
  submit:
    | ((
        asked: Asked<z.infer<ZodObject<Query>>>,
        form: z.infer<ZodObject<Form>>,
      ) => Promise<Page | GoTo>)
    | null
}

export interface PageServices {
  readonly visits: Visits
  readonly layout: Layout
  readonly clients: Pick<ClientRegistry, 'find'>
}

/** Every page takes these. */
const COMMON_QUERY = {
  lang: z.string().max(10).optional(),
  ui_locales: z.string().max(200).optional(),
}
const COMMON_FORM = { form_token: z.string().max(100).default('') }

/**
 * The routes of a page. The order of the steps is here and nowhere else: who is at the browser, is
 * the form ours, then the page; an error that the page tells comes back in its form.
 */
export function pageRoutes<Query extends ZodRawShape, Form extends ZodRawShape>(
  services: PageServices,
  page: PageDefinition<Query, Form>,
): Route[] {
  const { visits, layout } = services
  const query = z.object({ ...page.query, ...COMMON_QUERY })
  const form = z.object({ ...page.form, ...COMMON_FORM })
  type QueryOf = z.infer<ZodObject<Query>>
  type FormOf = z.infer<ZodObject<Form>>

  async function askedBy(request: RouteRequest): Promise<Asked<QueryOf>> {
    const own = request.query as QueryOf
    const wishes = request.query as { lang?: string; ui_locales?: string }
    const visit = await visits.of(request.headers, {
      lang: wishes.lang ?? null,
      uiLocales: wishes.ui_locales?.split(' ') ?? (await page.uiLocales?.(own)) ?? [],
    })
    return { visit, query: own, here: hereOf(page, own), device: request.device }
  }

  async function submitted(request: RouteRequest): Promise<Answer> {
    const asked = await askedBy(request)
    const sent = request.body as FormOf & { readonly form_token: string }
    try {
      visits.checkForm(request.headers, sent.form_token)
      return answered(layout, asked.visit, asked.here, await page.submit!(asked, sent))
    } catch (error) {
      const isTold = (code: ErrorCode) => code === 'form_refused' || page.tells.includes(code)
      if (!(error instanceof MapaeError) || !isTold(error.code)) throw error
      const shown = markedWrong(await page.show(asked, { form: sent, error }), asked.visit)
      const refused = answered(
        layout,
        asked.visit,
        asked.here,
        shown,
        errorTable[error.code].status,
      )
      return withErrorHeaders(refused, error)
    }
  }

  const tellOf = createErrorPage(services)
  const facts = {
    path: page.path,
    summary: page.summary,
    answers: { 200: null, 303: null },
    errors: page.tells,
    errorsAs: 'page' as const,
    query,
    // The address of a form is that of its page.
    failed: (error: MapaeError, request: FailedRequest) =>
      tellOf(error, { ...request, method: 'GET' }),
  }
  const shows = openRoute({
    ...facts,
    method: 'GET',
    body: null,
    async handle(request) {
      const asked = await askedBy(request)
      return answered(layout, asked.visit, asked.here, await page.show(asked, null))
    },
  })
  if (page.submit === null) return [shows]
  return [
    shows,
    openRoute({ ...facts, method: 'POST', bodyAs: 'form', body: form, handle: submitted }),
  ]
}

/** Tells of an error on a page of its own. */
export function createErrorPage({ visits, layout, clients }: PageServices): ErrorPage {
  return (error, request) => {
    const { cookies, ...reader } = visits.readerOf(request)
    const { clientId } = error.details
    const client = clientId === undefined ? null : clients.find(clientId)
    const page = errorPage(error, client, reader.language)
    return withErrorHeaders(layout({ ...page, cookies }, reader), error)
  }
}

/** Screen readers begin with the title. */
function markedWrong(shown: Page | GoTo, { language }: Visit): Page | GoTo {
  return 'goTo' in shown ? shown : { ...shown, title: texts[language].error.inTitle(shown.title) }
}

/** The answer of a page, with what the browser is to keep. */
export function answered(
  layout: Layout,
  { language, cookies: ofVisit }: Pick<Visit, 'language' | 'cookies'>,
  here: string | null,
  outcome: Page | GoTo,
  status = 200,
): Answer {
  const cookies = [...ofVisit, ...(outcome.cookies ?? [])]
  if ('goTo' in outcome) return { status: 303, cookies, headers: { Location: outcome.goTo } }
  return layout({ status, ...outcome, cookies }, { language, here })
}

/** Headers that belong to the error, whoever reads it. */
function withErrorHeaders(answer: Answer, { details }: MapaeError): Answer {
  const { retryAfterSeconds, allow } = details
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...(allow === undefined ? {} : { Allow: allow }),
    },
  }
}

/** The same page again: with its own parameters, without those of the language. */
function hereOf(page: { readonly path: string; readonly query: object }, query: object): string {
  const own = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[0] in page.query && typeof pair[1] === 'string',
  )
  return own.length === 0 ? page.path : `${page.path}?${new URLSearchParams(own).toString()}`
}
