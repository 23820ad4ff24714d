import { z } from 'zod'

import { formTargetsOf, type FindWaiting } from './waiting.ts'

/** What pages hand on until somebody is signed in. None of it is an address. */
export const onwardQuery = {
  request: z.string().max(100).optional(),
  next: z.literal('device').optional(),
  user_code: z.string().max(40).optional(),
}

export interface OnwardQuery {
  readonly request?: string | undefined
  readonly next?: 'device' | undefined
  readonly user_code?: string | undefined
}

/** Where a browser goes on once somebody is signed in. */
export interface Onward {
  readonly location: string
  /** The same wish, for a link to another page of ours: begins with `?` or is empty. */
  readonly search: string
  readonly clientName: string | null
  readonly loginHint: string | null
  readonly formTargets: readonly string[]
}

/** Errors: `request_expired`. */
export async function readOnward(query: OnwardQuery, findWaiting: FindWaiting): Promise<Onward> {
  const { request: id, next, user_code: userCode } = query
  if (id !== undefined) {
    const { request, client, location } = await findWaiting(id)
    return {
      location,
      search: searchOf({ request: id }),
      clientName: client.name,
      loginHint: request.loginHint,
      formTargets: formTargetsOf(request),
    }
  }
  const none = { clientName: null, loginHint: null, formTargets: [] }
  if (next === undefined) return { ...none, location: '/account', search: '' }
  const code = userCode === undefined ? {} : { user_code: userCode }
  return { ...none, location: `/device${searchOf(code)}`, search: searchOf({ next, ...code }) }
}

/** Languages that the application asks for. Errors: `request_expired`. */
export async function readUiLocales(
  { request }: OnwardQuery,
  findWaiting: FindWaiting,
): Promise<readonly string[]> {
  return request === undefined ? [] : (await findWaiting(request)).request.uiLocales
}

function searchOf(parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === '' ? '' : `?${query}`
}
