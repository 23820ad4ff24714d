/** The tokens of a demo that is open in another tab. */
export interface OpenTokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Pages of this origin hear each other here; nothing is stored, and nothing is in a URL. */
const CHANNEL = 'mapae-demo-tokens'
const ASK = 'which tokens?'
const WAIT_MILLISECONDS = 200

/** Answers other pages of this server that ask for the tokens of this one. */
export function shareTokens(current: () => OpenTokens | null): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const held = current()
    if (data !== ASK || held === null) return
    const { accessToken, refreshToken } = held
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin
    channel.postMessage({ accessToken, refreshToken })
  })
}

/** The tokens of an open demo, or null when there is none, or nobody is signed in there. */
export function askForTokens(): Promise<OpenTokens | null> {
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise<OpenTokens | null>((resolve) => {
    setTimeout(resolve, WAIT_MILLISECONDS, null)
    channel.addEventListener('message', ({ data }: MessageEvent<OpenTokens | string>) => {
      if (typeof data !== 'string') resolve(data)
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin
    channel.postMessage(ASK)
  }).finally(() => channel.close())
}
