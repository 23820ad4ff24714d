import { z } from 'zod'

import type { FindWaiting } from './waiting.ts'

/** What pages hand on until somebody is signed in. None of it is an address. */
export const onwardQuery = {
  request: z.string().max(100).optional(),
  /** Whose request it is. */
  client_id: z.string().max(200).optional(),
  next: z.literal('device').optional(),
  user_code: z.string().max(40).optional(),
}

export interface OnwardQuery {
  readonly request?: string | undefined
  readonly client_id?: string | undefined
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
  /** The address of the application. */
  readonly leadsTo: string | null
}

/** Errors: `request_expired`. */
export async function readOnward(query: OnwardQuery, findWaiting: FindWaiting): Promise<Onward> {
  const { request: id, client_id: clientId, next, user_code: userCode } = query
  if (id !== undefined) {
    const { request, client, location } = await findWaiting(id, clientId)
    return {
      location,
      search: searchOf({ request: id, client_id: client.id }),
      clientName: client.name,
      loginHint: request.loginHint,
      leadsTo: request.redirectUri,
    }
  }
  const none = { clientName: null, loginHint: null, leadsTo: null }
  if (next === undefined) return { ...none, location: '/account', search: '' }
  const code = userCode === undefined ? {} : { user_code: userCode }
  return { ...none, location: `/device${searchOf(code)}`, search: searchOf({ next, ...code }) }
}

/** Languages that the application asks for. Errors: `request_expired`. */
export async function readUiLocales(
  { request, client_id: clientId }: OnwardQuery,
  findWaiting: FindWaiting,
): Promise<readonly string[]> {
  return request === undefined ? [] : (await findWaiting(request, clientId)).request.uiLocales
}

/** Where whoever is signed in becomes somebody else, and goes on with the same. */
export function toOtherAccount(onward: URLSearchParams): string {
  const query = new URLSearchParams(onward)
  query.set('account', 'other')
  return `/sign-in?${query.toString()}`
}

function searchOf(parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === '' ? '' : `?${query}`
}
