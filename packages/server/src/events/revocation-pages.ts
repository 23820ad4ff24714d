import { after, type Seconds, type UnixSeconds } from '../domain/time.ts'
import type { LoggedRevocation, RevocationEntries } from './revocation-entries.ts'
import { READING_OVERLAP_SECONDS, type RevocationLog } from './revocation-log.ts'

/**
 * Tokens of a user or client may be minted for so long after the instant that their row carries:
 * its commit came later, or another node's clock is ahead. Neither gets new ones meanwhile.
 */
const STILL_MINTED_SECONDS = 60 as Seconds
/** A page of so many bytes has less than 1,048,576 characters when it is signed. */
const MOST_PAGE_BYTES = 750_000
/** What an entry has besides its subject: brackets, quotes and two instants. */
const ENTRY_BYTES = 32
/** Subscribers who lost the same node ask with the same cursor, those who are new with none. */
const REMEMBERED_PAGES = 8

const CURSOR = /^([\w-]{8})\.(\d{1,15})\.(\d{1,10})$/

/** What subscribers get: a signed part of the log. */
export interface RevocationPage {
  /** A JWT of the type `revocations+jwt`. */
  readonly token: string
  /** To be passed next. */
  readonly cursor: string
  /** There is more already. */
  readonly hasMore: boolean
}

/** The claims of a page, as they are on the wire. All instants are Unix seconds. */
export type RevocationClaims = {
  readonly iss: string
  /** All that was revoked before this instant is known to whoever followed the pages to here. */
  readonly iat: number
  readonly exp: number
  /** The cursor that the page follows; a snapshot has none. */
  readonly from?: string
  readonly cursor: string
  readonly more?: true
  readonly sessions?: readonly (readonly [sid: string, forgetAt: number])[]
  readonly users?: readonly (readonly [sub: string, issuedBefore: number, forgetAt: number])[]
  readonly clients?: readonly (readonly [id: string, issuedBefore: number, forgetAt: number])[]
  readonly keys?: readonly (readonly [kid: string, forgetAt: number])[]
}

export interface RevocationPages {
  /** The cursor of whoever knows all that is known here. */
  readonly tip: string
  /** What follows the cursor; everything, when there is none or it leads nowhere. */
  after(cursor: string | null): RevocationPage
}

interface Place {
  readonly position: number
  /** Whoever is here knows all that was committed before this instant. 0: not even that. */
  readonly completeAt: number
}

/**
 * A cursor names the node that gave it and a position in its log. Another node cannot know that
 * position, but it knows when it learned of each entry itself, which is never before the commit:
 * it answers with what it learned since the instant up to which the first one had read everything.
 */
export function createRevocationPages(
  log: RevocationLog,
  issuer: string,
  nodeName: string,
  longestTokenSeconds: () => Seconds,
  sign: (claims: RevocationClaims) => string,
): RevocationPages {
  const remembered = new Map<string, RevocationPage>()
  let rememberedAt = ''

  const tip = (): Place => ({ position: log.entries.end, completeAt: log.fullyReadAt })
  const cursorTo = ({ position, completeAt }: Place) => `${nodeName}.${position}.${completeAt}`

  /** Where to go on reading; null: from the start, as a snapshot. */
  function placeOf(cursor: string): number | null {
    const [, name, position, completeAt] = CURSOR.exec(cursor) ?? []
    if (name === nodeName) return Number(position) <= log.entries.end ? Number(position) : null
    if (name === undefined || Number(completeAt) === 0) return null
    return log.entries.positionAt((Number(completeAt) - READING_OVERLAP_SECONDS) as UnixSeconds)
  }

  function build(from: string | null, position: number): RevocationPage {
    const { entries, next } = takePage(log.entries, position)
    const hasMore = next < log.entries.end
    const cursor = cursorTo(hasMore ? { position: next, completeAt: 0 } : tip())
    const iat = log.readAt
    const token = sign({
      iss: issuer,
      iat,
      exp: after(iat, longestTokenSeconds()),
      ...(from === null ? {} : { from }),
      cursor,
      ...(hasMore ? { more: true } : {}),
      ...claimsOf(entries),
    })
    return { token, cursor, hasMore }
  }

  return {
    get tip() {
      return cursorTo(tip())
    },
    after(cursor) {
      const now = `${cursorTo(tip())} ${log.readAt}`
      if (now !== rememberedAt) remembered.clear()
      rememberedAt = now
      const position = cursor === null ? null : placeOf(cursor)
      const from = position === null ? null : cursor
      const known = remembered.get(from ?? '')
      if (known !== undefined) return known
      const page = build(from, position ?? 0)
      if (remembered.size < REMEMBERED_PAGES) remembered.set(from ?? '', page)
      return page
    },
  }
}

function takePage(
  from: Pick<RevocationEntries, 'from' | 'start'>,
  position: number,
): { readonly entries: readonly LoggedRevocation[]; readonly next: number } {
  const entries: LoggedRevocation[] = []
  let bytes = 0
  for (const entry of from.from(position)) {
    bytes += Buffer.byteLength(entry.subject) + ENTRY_BYTES
    if (bytes > MOST_PAGE_BYTES) break
    entries.push(entry)
  }
  return { entries, next: Math.max(position, from.start) + entries.length }
}

type Entries = Pick<RevocationClaims, 'sessions' | 'users' | 'clients' | 'keys'>

/** Only the kinds that there are. */
function claimsOf(entries: readonly LoggedRevocation[]): Entries {
  const of = (kind: LoggedRevocation['kind']) => entries.filter((entry) => entry.kind === kind)
  const exact = ({ subject, forgetAt }: LoggedRevocation) => [subject, forgetAt] as const
  const untilThen = ({ subject, at, forgetAt }: LoggedRevocation) =>
    [subject, after(at, STILL_MINTED_SECONDS), forgetAt] as const
  const all = {
    sessions: of('session').map(exact),
    users: of('user').map(untilThen),
    clients: of('client').map(untilThen),
    keys: of('key').map(exact),
  }
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0))
}
