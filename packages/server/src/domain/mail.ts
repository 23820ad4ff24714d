import type { UnixSeconds } from './time.ts'

/** A message to one person. Never holds a password, a token or a link that acts by itself. */
export interface Mail {
  readonly to: string
  readonly subject: string
  /** Plain text. */
  readonly text: string
}

/** Hands messages on. What happens in the product never waits for it and never fails by it. */
export interface Mailer {
  send(mail: Mail): Promise<void>
}

export interface SentMail extends Mail {
  readonly sentAt: UnixSeconds
}
