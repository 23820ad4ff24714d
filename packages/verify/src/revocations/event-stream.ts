import { FeedError } from './feed-error.ts'

/** One event of a stream. */
export interface StreamEvent {
  readonly name: string
  readonly text: string
}

/** What a stream said: an event, or how long to wait before coming back. */
export type StreamItem = StreamEvent | { readonly retryMilliseconds: number }

/**
 * Make a parser of an event stream: given what came, it returns what became complete. An event that
 * the end cut off is never returned.
 *
 * Spec: HTML, Server-sent events, §9.2.6 (line ends, fields, comments).
 * Errors ({@link FeedError}): `line_too_long` when a line or the data of one event exceeds the limit.
 */
export function createEventStreamParser(maxCharacters: number): (text: string) => StreamItem[] {
  // Parts of a line that has not ended: joined once, however slowly it drips in.
  let parts: string[] = []
  let partsLength = 0
  let endedWithReturn = false
  const lineEnd = /\r\n|\n|\r/g
  let name = ''
  let lines: string[] = []
  let linesLength = 0

  const takeField = (line: string): StreamItem | undefined => {
    if (line === '') {
      const event =
        lines.length === 0 ? undefined : { name: name || 'message', text: lines.join('\n') }
      name = ''
      lines = []
      linesLength = 0
      return event
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') name = value
    if (field === 'retry' && /^\d{1,9}$/.test(value)) return { retryMilliseconds: Number(value) }
    if (field === 'data') {
      linesLength += value.length
      if (linesLength > maxCharacters) throw new FeedError('line_too_long')
      lines.push(value)
    }
    return undefined
  }

  return (text) => {
    const items: StreamItem[] = []
    let start = endedWithReturn && text.startsWith('\n') ? 1 : 0
    endedWithReturn = text === '' ? endedWithReturn : text.endsWith('\r')
    lineEnd.lastIndex = start
    for (let end = lineEnd.exec(text); end !== null; end = lineEnd.exec(text)) {
      parts.push(text.slice(start, end.index))
      const item = takeField(parts.join(''))
      if (item !== undefined) items.push(item)
      parts = []
      partsLength = 0
      start = lineEnd.lastIndex
    }
    partsLength += text.length - start
    // Some room for the name of the field.
    if (partsLength > maxCharacters + 64) throw new FeedError('line_too_long')
    if (start < text.length) parts.push(text.slice(start))
    return items
  }
}
