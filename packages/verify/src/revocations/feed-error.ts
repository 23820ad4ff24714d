/** Why something of the feed was refused, or why there was none. */
export type FeedErrorCode =
  /** The signature, the issuer, the type or the time of a batch is not right. */
  | 'batch_refused'
  | 'batch_malformed'
  /** Older than one that was accepted. */
  | 'batch_replayed'
  /** It does not follow what was read until now. */
  | 'cursor_gap'
  | 'line_too_long'
  | 'answer_too_large'
  | 'answer_malformed'
  /** A status other than 200; redirects are among them, for none is followed. */
  | 'answer_refused'
  /** 401 or 403: the feed is not for everybody and these credentials do not open it. */
  | 'feed_forbidden'
  /** Too long without a good batch, whatever else was sent. */
  | 'feed_silent'
  | 'feed_ended'
  | 'feed_unreachable'
  | 'issuer_unavailable'

/** The feed could not be read on; what was read before stays good. */
export class FeedError extends Error {
  override readonly name = 'FeedError'
  readonly code: FeedErrorCode

  constructor(code: FeedErrorCode, cause?: unknown) {
    super(code, { cause })
    this.code = code
  }
}
