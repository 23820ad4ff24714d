export interface Secret {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Where a secret was found, and in which spelling. */
export interface Leak {
  readonly secret: string
  readonly spelling: string
}

/** Shorter texts turn up by chance. */
const LEAST_CHARACTERS = 8

/** Finds secrets in a text, however they are spelt, also inside a longer base64 text. */
export function createSecretSearch(secrets: readonly Secret[]) {
  const needles = secrets.flatMap(({ name, bytes }) =>
    spellingsOf(bytes).map(({ spelling, text }) => ({ secret: name, spelling, text })),
  )
  for (const { secret, spelling, text } of needles) {
    if (text.length < LEAST_CHARACTERS) throw new Error(`${secret} (${spelling}) is too short`)
  }
  return (haystack: string): Leak[] => {
    const lowerCase = haystack.toLowerCase()
    return needles
      .filter(({ spelling, text }) =>
        spelling === 'hex' ? lowerCase.includes(text) : haystack.includes(text),
      )
      .map(({ secret, spelling }) => ({ secret, spelling }))
  }
}

function spellingsOf(bytes: Uint8Array): { spelling: string; text: string }[] {
  const buffer = Buffer.from(bytes)
  const text = buffer.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(buffer)
  const spellings = [
    { spelling: 'hex', text: buffer.toString('hex') },
    ...[0, 1, 2].flatMap((offset) => base64At(buffer, offset)),
    ...(isText
      ? [
          { spelling: 'text', text },
          { spelling: 'url', text: encodeURIComponent(text) },
          { spelling: 'json', text: JSON.stringify(text).slice(1, -1) },
          { spelling: 'reversed', text: Array.from(text).toReversed().join('') },
        ]
      : []),
  ]
  return spellings.filter(
    (one, index) => spellings.findIndex((other) => other.text === one.text) === index,
  )
}

/** What the bytes look like in base64 behind `offset` others: only the characters they decide. */
function base64At(bytes: Buffer, offset: number): { spelling: string; text: string }[] {
  const before = Buffer.alloc(offset)
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return (['base64', 'base64url'] as const).map((spelling) => ({
    spelling,
    text: Buffer.concat([before, bytes]).toString(spelling).slice(first, last),
  }))
}
