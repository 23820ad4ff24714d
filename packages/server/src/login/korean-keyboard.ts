// Keys of the standard two-set layout (KS X 5002), in the order of the conjoining Jamo of Unicode.
const INITIALS = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const MEDIALS = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const FINALS = 'r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')

const keys = new Map<string, string>([
  ...INITIALS.map((key, index) => [String.fromCodePoint(0x1100 + index), key] as const),
  ...MEDIALS.map((key, index) => [String.fromCodePoint(0x1161 + index), key] as const),
  ...FINALS.map((key, index) => [String.fromCodePoint(0x11a8 + index), key] as const),
])

/**
 * What appears when Hangul is typed on a keyboard left in Latin mode: `사랑해` becomes `tkfkdgo`.
 * Many Korean passwords are made this way. Everything else stays as it is.
 */
export function typeOnLatinKeyboard(text: string): string {
  return Array.from(text.normalize('NFKD'), (jamo) => keys.get(jamo) ?? jamo)
    .join('')
    .normalize('NFC')
}
