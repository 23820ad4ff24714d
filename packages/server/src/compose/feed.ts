import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import { FIRST_PARTY_CLIENT_ID } from '../domain/session.ts'
import type { Signal, SignalStore } from '../domain/signal.ts'
import type { Clock } from '../domain/time.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { Subjects } from '../oauth/subjects.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { DpopProofs } from '../tokens/dpop-proof.ts'
import { createChangeSignal } from '../events/next-change.ts'
import { createPollSignals } from '../events/signal-poll.ts'
import type { FeedServices } from '../http/endpoints/revocations.ts'
import { createFeedAccess } from '../http/feed-access.ts'
import { createFeedLimits } from '../http/feed-limits.ts'
import { followRevocations } from '../events/follow-revocations.ts'
import { createRevocationLog } from '../events/revocation-log.ts'
import { createRevocationPages } from '../events/revocation-pages.ts'
import { createRevocationStream } from '../http/revocation-stream.ts'
import { createEventSigner } from '../tokens/event-signer.ts'
import { createRotatingSigner } from '../tokens/rotating-signer.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'

/** Tells the cursors of nodes and of their restarts apart. */
const NODE_NAME_BYTES = 6
/** What a listener must be able to read. */
const LONGEST_BATCH = 1_048_576

export type Feed = Awaited<ReturnType<typeof composeFeed>>

/** What was revoked, and how resource servers learn of it. */
export async function composeFeed(
  issuer: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  { revocations, revocationBell }: Pick<Stores, 'revocations' | 'revocationBell'>,
  signingKeys: SigningKeys,
) {
  const longestTokenSeconds = () => signingKeys.longestTokenSeconds
  const log = createRevocationLog(revocations, revocationBell, longestTokenSeconds, clock)
  const nodeName = Buffer.from(random(NODE_NAME_BYTES)).toString('base64url')
  const sign = createRotatingSigner(signingKeys.accessToken, 'revocations+jwt', {
    maxTokenLength: LONGEST_BATCH,
  })
  const pages = createRevocationPages(log, issuer, nodeName, longestTokenSeconds, sign)
  const stream = createRevocationStream(pages, clock)
  const changes = createChangeSignal()

  function announce(): void {
    stream.announce()
    changes.changed()
  }

  log.onAdd(announce)

  async function catchUp(): Promise<void> {
    const fresh = await log.catchUp()
    // That a key was withdrawn is not told under that key.
    if (fresh.some(({ kind }) => kind === 'key')) await signingKeys.follow()
    if (fresh.length > 0) announce()
  }

  /** Ends the streams, and what waits for changes. */
  function stop(): void {
    stream.stop()
    changes.changed()
  }

  await catchUp()
  return {
    stop,
    revocations: log,
    pages,
    stream,
    changes,
    /** Goes on reading. Returns how to stop, which also ends the streams. */
    follow(failed: (error: unknown) => void): () => Promise<void> {
      const stopReading = followRevocations(catchUp, revocationBell, failed)
      return () => {
        stop()
        return stopReading()
      }
    },
  }
}

interface FeedParts {
  readonly config: { readonly issuer: string; readonly revocationFeed: 'public' | 'private' }
  readonly feed: Feed
  readonly tokens: {
    readonly signingKeys: SigningKeys
    readonly clientAccessTokens: ClientAccessTokens
    readonly dpopProofs: DpopProofs
  }
  readonly oauth: { readonly clients: ClientRegistry; readonly subjects: Subjects }
  readonly signals: SignalStore
  readonly clock: Clock
  readonly warn: (fields: object, message: string) => void
}

/** What the endpoints of the feed work with. */
export function composeFeedServices(parts: FeedParts): FeedServices {
  const { config, feed, tokens, oauth, signals, clock, warn } = parts
  const { issuer, revocationFeed } = config
  const sign = createEventSigner(tokens.signingKeys.accessToken)
  return {
    revocationFeed,
    revocationPages: feed.pages,
    revocationStream: feed.stream,
    authenticateFeedReader: createFeedAccess({ issuer, clients: oauth.clients, ...tokens }),
    feedLimits: createFeedLimits(clock),
    pollSignals: createPollSignals(
      signals,
      issuer,
      (signal) => subjectOf(oauth, signal),
      sign,
      feed.changes.next,
      clock,
    ),
    noteSignalErrors: (receiver, errors) =>
      warn({ receiver, errors }, 'a receiver of signals could not read some'),
  }
}

function subjectOf(
  { clients, subjects }: FeedParts['oauth'],
  { clientId, userId }: Signal,
): string | null {
  if (clientId === FIRST_PARTY_CLIENT_ID) return userId
  const client = clients.find(clientId)
  return client === null ? null : subjects.subjectFor(client, userId)
}
