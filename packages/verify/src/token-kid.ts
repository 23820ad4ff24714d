import { decodeUnverified } from '@mapae/jwt'

const headersRemembered = 16

/** Make a reader of the key names of tokens that verified; the headers of one issuer are few. */
export function createReadKid(): (accessToken: string) => string {
  const known = new Map<string, string>()
  return (accessToken) => {
    const header = accessToken.slice(0, accessToken.indexOf('.'))
    const recalled = known.get(header)
    if (recalled !== undefined) return recalled
    const kid = decodeUnverified(accessToken, { maxTokenLength: 1_048_576 }).header.kid ?? ''
    if (known.size >= headersRemembered) known.clear()
    known.set(header, kid)
    return kid
  }
}
