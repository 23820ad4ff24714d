/**
 * The media types that a request says it reads, in small letters; what it says it does not read is
 * not among them. Spec: RFC 9110 sections 8.3.1 and 12.5.1.
 */
export function acceptedTypes(headers: Headers): readonly string[] {
  return (headers.get('accept') ?? '')
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()))
    .filter(([, ...parameters]) => !parameters.some((one) => /^q=0(\.0*)?$/.test(one)))
    .map(([type = '']) => type)
}
