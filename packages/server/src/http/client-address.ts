import { BlockList, isIP, isIPv4 } from 'node:net'

import { ConfigurationError } from '../domain/errors.ts'

export interface ClientAddress {
  /**
   * The address of the client: of the connection, or, when that is a trusted proxy, the nearest
   * one in its forwarding header that is not. Null when it is not known.
   *
   * Most proxies write one of the two headers and let the other pass as the client sent it. Where
   * both are there and disagree, the client wrote one of them: then neither is believed.
   */
  (connection: string | undefined, headers: Headers): string | null
}

/** Spec: RFC 7239 section 5.2 for `Forwarded`; `X-Forwarded-For` by convention. */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = trustIn(trustedProxies)

  /** `hops` is farthest first: a proxy appends what it saw, so the last is the nearest. */
  function nearestStranger(connection: string, hops: string[]): string {
    let client = connection
    while (isTrusted(client)) {
      const hop = hops.pop()
      const address = hop === undefined ? null : plainAddress(hop)
      if (address === null) return client
      client = address
    }
    return client
  }

  return (connection, headers) => {
    const nearest = plainAddress(connection ?? '')
    if (nearest === null || trustedProxies.length === 0) return nearest
    const claims = [forwarded(headers), xForwardedFor(headers)]
      .filter((hops) => hops !== null)
      .map((hops) => nearestStranger(nearest, hops))
    const [client = nearest] = claims
    return claims.every((claim) => claim === client) ? client : nearest
  }
}

/** Whether a connection is one of a trusted proxy. */
export function createIsTrustedProxy(
  trustedProxies: readonly string[],
): (connection: string | undefined) => boolean {
  const isTrusted = trustIn(trustedProxies)
  return (connection) => {
    const address = plainAddress(connection ?? '')
    return address !== null && isTrusted(address)
  }
}

function trustIn(proxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList()
  for (const proxy of proxies) addTrusted(trusted, proxy)
  return (address) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function addTrusted(trusted: BlockList, proxy: string): void {
  const [address = '', prefix] = proxy.split('/', 2)
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  try {
    if (prefix === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1, family)
  } catch (error) {
    throw new ConfigurationError(
      `MAPAE_TRUSTED_PROXIES must be addresses or networks, such as 10.0.0.0/8; "${proxy}" is neither.`,
      error,
    )
  }
}

function forwarded(headers: Headers): string[] | null {
  const hops = headers.get('forwarded')?.split(',')
  return hops?.map((hop) => /(?:^|;)\s*for="?([^;"]+)"?/i.exec(hop)?.[1] ?? '') ?? null
}

function xForwardedFor(headers: Headers): string[] | null {
  return headers.get('x-forwarded-for')?.split(',') ?? null
}

/** Without brackets, port and IPv4-in-IPv6 notation; null when it is no address. */
function plainAddress(text: string): string | null {
  if (isIPv4(text)) return text
  const bare = text
    .trim()
    .replace(/^\[(.+)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=[\d.]+$)/i, '')
    .replace(/%.*$/, '')
  return isIP(bare) === 0 ? null : bare.toLowerCase()
}
