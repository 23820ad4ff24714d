import { PART_NAMES } from './jwt-text.ts'

/** A token with its three parts in their colours. */
export function TokenText({ token }: { token: string }) {
  return <code class="token-text">{coloured(token.split('.'))}</code>
}

/** The same in a few characters, for a line of a request. */
export function ShortToken({ token }: { token: string }) {
  const parts = token.split('.').map((part) => (part.length > 14 ? `${part.slice(0, 10)}…` : part))
  return <span title={`${token.length}`}>{coloured(parts)}</span>
}

function coloured(parts: readonly string[]) {
  return parts.map((part, index) => (
    <>
      {index === 0 ? '' : '.'}
      <span class={`part-${PART_NAMES[index] ?? 'signature'}`}>{part}</span>
    </>
  ))
}

const PIECES = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?)|(true|false|null)/g

/** JSON that is easy on the eye. */
export function Json({ value, kind }: { value: unknown; kind: (typeof PART_NAMES)[number] }) {
  const text = JSON.stringify(value, null, 2)
  const pieces: (string | preact.JSX.Element)[] = []
  let end = 0
  for (const match of text.matchAll(PIECES)) {
    pieces.push(text.slice(end, match.index))
    const isName = match[2] !== undefined
    pieces.push(<span class={isName ? `part-${kind}` : 'json-value'}>{match[1] ?? match[0]}</span>)
    if (isName) pieces.push(match[2]!)
    end = match.index + match[0].length
  }
  pieces.push(text.slice(end))
  return (
    <pre class="json">
      <code>{pieces}</code>
    </pre>
  )
}
