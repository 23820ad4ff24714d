type Keep = 'strings' | 'code only'

const REGEX_MAY_FOLLOW = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|await|yield))\s*$/

/** The text with comments blanked, and strings too when asked; every line stays where it was. */
export function blankComments(text: string, keep: Keep): string {
  let out = ''
  let at = 0
  // How many braces are open inside each `${` that is still open.
  const openInserts: number[] = []

  const copy = (end: number) => {
    out += text.slice(at, end)
    at = end
  }
  const blank = (end: number) => {
    out += text.slice(at, end).replace(/[^\n]/g, ' ')
    at = end
  }
  const takeString = (end: number) => {
    copy(at + 1)
    if (keep === 'strings') copy(end)
    else blank(end)
  }

  while (at < text.length) {
    const character = text[at] ?? ''
    const pair = text.slice(at, at + 2)
    const open = openInserts.at(-1)
    if (pair === '//') blank(endOf(text, at, /\n/g, 0))
    else if (pair === '/*') blank(endOf(text, at + 2, /\*\//g, 2))
    else if (character === '"' || character === "'") takeString(endOfQuoted(text, at, character))
    else if (character === '`' || (character === '}' && open === 0)) {
      if (character === '}') openInserts.pop()
      const end = endOfTemplatePart(text, at + 1)
      takeString(end)
      if (text.startsWith('${', end)) {
        copy(end + 2)
        openInserts.push(0)
      } else copy(end + 1)
    } else if (character === '/' && REGEX_MAY_FOLLOW.test(out.slice(-40))) {
      takeString(endOfRegex(text, at))
    } else {
      if (open !== undefined && character === '{') openInserts.push((openInserts.pop() ?? 0) + 1)
      if (open !== undefined && character === '}') openInserts.push((openInserts.pop() ?? 0) - 1)
      copy(at + 1)
    }
  }
  return out
}

function endOf(text: string, from: number, pattern: RegExp, width: number): number {
  pattern.lastIndex = from
  const found = pattern.exec(text)
  return found ? found.index + width : text.length
}

/** Where the closing quote is. */
function endOfQuoted(text: string, start: number, quote: string): number {
  let at = start + 1
  while (at < text.length && text[at] !== quote && text[at] !== '\n') {
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

/** Where the next `${` or the closing backtick is. */
function endOfTemplatePart(text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) {
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

/** Where the closing slash is; a slash in a class does not close. */
function endOfRegex(text: string, start: number): number {
  let at = start + 1
  let inClass = false
  while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true
    if (text[at] === ']') inClass = false
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}
