import { isIP } from 'node:net'

/** What counts as one address: one home or host has a whole /64 of IPv6 addresses. */
export function networkOf(ipAddress: string | null): string | null {
  if (ipAddress === null || isIP(ipAddress) !== 6) return ipAddress
  const [head = '', tail = ''] = ipAddress.split('%', 1)[0]!.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const filled = [...groups, ...Array.from({ length: missing }, () => '0'), ...tail.split(':')]
  return `${filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
