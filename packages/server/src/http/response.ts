import type { Answer } from './route.ts'

/** What every answer carries unless it says otherwise. */
export function securityHeaders(isHttps: boolean): Readonly<Record<string, string>> {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...(isHttps ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

export function toResponse(
  answer: Answer,
  headersOfAll: Readonly<Record<string, string>>,
): Response {
  const { status, cookies = [] } = answer
  const headers: Record<string, string> = { ...headersOfAll, ...answer.headers }
  const [body, type] = bodyOf(answer)
  if (type !== null) headers['Content-Type'] ??= type
  if (cookies.length === 0) return new Response(body, { status, headers })
  const withCookies = new Headers(headers)
  for (const cookie of cookies) withCookies.append('Set-Cookie', cookie)
  return new Response(body, { status, headers: withCookies })
}

function bodyOf({
  json,
  html,
  text,
  stream,
}: Answer): [string | ReadableStream | null, string | null] {
  if (json !== undefined) return [JSON.stringify(json), 'application/json']
  if (html !== undefined) return [html, 'text/html; charset=utf-8']
  if (text !== undefined) return [text, 'text/plain; charset=utf-8']
  return [stream ?? null, null]
}
