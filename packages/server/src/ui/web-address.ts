const LOOPBACK = /^(localhost|127\..*|\[::1\])$/

/** Whether a page may link there: clients can name addresses of any kind. */
export function isWebAddress(uri: string): boolean {
  return /^https?:\/\//i.test(uri)
}

/** The host that an address is of; null: it is that of a program on the device. */
export function hostOfAddress(uri: string): string | null {
  const { protocol, host, hostname } = new URL(uri)
  if (protocol === 'https:') return host
  return protocol === 'http:' && !LOOPBACK.test(hostname) ? host : null
}
