/** Whether a page may link there: clients can name addresses of any kind. */
export function isWebAddress(uri: string): boolean {
  return /^https?:\/\//i.test(uri)
}
