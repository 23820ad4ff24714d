import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import { followRevocations } from '../events/follow-revocations.ts'
import { createRevocationLog } from '../events/revocation-log.ts'
import { createRevocationPages } from '../events/revocation-pages.ts'
import { createRevocationStream } from '../http/revocation-stream.ts'
import { createRotatingSigner } from '../tokens/rotating-signer.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'

/** Tells the cursors of nodes and of their restarts apart. */
const NODE_NAME_BYTES = 6

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
  const sign = createRotatingSigner(signingKeys.accessToken, 'revocations+jwt')
  const pages = createRevocationPages(log, issuer, nodeName, longestTokenSeconds, sign)
  const stream = createRevocationStream(pages)
  log.onAdd(() => stream.announce())

  async function catchUp(): Promise<void> {
    const fresh = await log.catchUp()
    // That a key was withdrawn is not told under that key.
    if (fresh.some(({ kind }) => kind === 'key')) await signingKeys.follow()
    if (fresh.length > 0) stream.announce()
  }

  await catchUp()
  return {
    revocations: log,
    pages,
    stream,
    /** Goes on reading. Returns how to stop, which also ends the streams. */
    follow(failed: (error: unknown) => void): () => Promise<void> {
      const stopReading = followRevocations(catchUp, revocationBell, failed)
      return () => {
        stream.stop()
        return stopReading()
      }
    },
  }
}
