import { BlockList, isIP } from 'node:net'

/**
 * Blocks that lead to machines of this network, to this machine, or to nobody.
 * Spec: the IANA registries of special-purpose addresses, RFC 6890.
 */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]

/** All public addresses of IPv6 begin so. */
const PUBLIC_V6 = '2000::/3'
/** Except for these; those that carry an IPv4 address could lead anywhere. */
const NOT_PUBLIC_V6 = [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3ffe::/16',
  '3fff::/20',
]

const notPublicV4 = blockList(NOT_PUBLIC_V4, 'ipv4')
const publicV6 = blockList([PUBLIC_V6], 'ipv6')
const notPublicV6 = blockList(NOT_PUBLIC_V6, 'ipv6')
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether it is an address that everybody on the Internet can reach. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublicV4.check(address, 'ipv4')
    case 6:
      return publicV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6')
    default:
      return false
  }
}

/** Whether it is this machine. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function blockList(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address, prefix] = subnet.split('/') as [string, string]
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}
