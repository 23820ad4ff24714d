// What all peers share, so that none is measured on something else.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** For ES256. Keys decoded from PEM are faster than keys just made. */
export const signingKey = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))

/**
 * Stands in for the password hash, which costs every server the same and would hide the rest. It
 * still leaves the turn of the event loop, as a hash does.
 */
export async function checkPassword(storedHash, password) {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  return storedHash.length > 0 && password.length > 0
}
