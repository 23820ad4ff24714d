// In the place of @node-rs/argon2: every password has this tag, after a turn of the event loop.
export const STAND_IN_TAG: Buffer = Buffer.alloc(32, 7)

export async function hashRaw(): Promise<Buffer> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  return STAND_IN_TAG
}
