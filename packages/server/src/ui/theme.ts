/** What an operator can change about the pages. */
export interface Brand {
  readonly name: string
  /** `#rrggbb`: of buttons, links and the focus ring. */
  readonly color: string
  readonly logo: Logo | null
}

export interface Logo {
  readonly bytes: Uint8Array
  readonly mediaType: 'image/svg+xml' | 'image/png' | 'image/jpeg' | 'image/webp'
}

type Rgb = readonly [number, number, number]

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** The card in both schemes, and what lies behind it; as in the stylesheet. */
const LIGHT_SURFACES: readonly Rgb[] = [WHITE, [246, 245, 242]]
const DARK_SURFACES: readonly Rgb[] = [
  [33, 32, 29],
  [22, 21, 19],
]
/** Spec: WCAG 2.2, success criterion 1.4.3. */
const LEAST_CONTRAST = 4.5
const STEPS = 100
const HOVER_PART = 0.12

/** The accent colour of one scheme, and that of text on it. */
export interface Accent {
  readonly accent: string
  readonly onAccent: string
  /** Of a button under the pointer: further from its text, so that it stays as readable. */
  readonly accentHover: string
}

/**
 * The operator's colour as each scheme can use it: darkened or lightened until text of that colour
 * can be read on both surfaces. So no colour makes the pages unreadable.
 */
export function accentsOf(color: string): { readonly light: Accent; readonly dark: Accent } {
  return {
    light: accentOn(LIGHT_SURFACES, parseColor(color), BLACK),
    dark: accentOn(DARK_SURFACES, parseColor(color), WHITE),
  }
}

/** Custom properties of the stylesheet. */
export function themeCss(color: string): string {
  const { light, dark } = accentsOf(color)
  const root = ({ accent, onAccent, accentHover }: Accent) =>
    `:root{--accent:${accent};--on-accent:${onAccent};--accent-hover:${accentHover}}`
  return `${root(light)}\n@media (prefers-color-scheme:dark){${root(dark)}}\n`
}

function accentOn(surfaces: readonly Rgb[], color: Rgb, towards: Rgb): Accent {
  const accent = Array.from({ length: STEPS + 1 }, (_, step) =>
    mix(color, towards, step / STEPS),
  ).find((mixed) => surfaces.every((surface) => contrast(mixed, surface) >= LEAST_CONTRAST))!
  const onAccent = contrast(accent, WHITE) >= LEAST_CONTRAST ? WHITE : BLACK
  const accentHover = mix(accent, onAccent === WHITE ? BLACK : WHITE, HOVER_PART)
  return { accent: hexOf(accent), onAccent: hexOf(onAccent), accentHover: hexOf(accentHover) }
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part)
  return [channel(0), channel(1), channel(2)]
}

/** Spec: WCAG 2.2, contrast ratio. */
function contrast(a: Rgb, b: Rgb): number {
  const [darker, lighter] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (lighter! + 0.05) / (darker! + 0.05)
}

/** Spec: WCAG 2.2, relative luminance. */
function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function parseColor(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 0xff, value & 0xff]
}

function hexOf(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
