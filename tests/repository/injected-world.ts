import { blankComments } from './code-text.ts'
import { lineAt, type Finding, type Rule, type SourceFile } from './source-file.ts'

const CORE =
  /^packages\/((jwt|verify|client)\/src\/|server\/src\/(settings\.ts|(domain|sessions|tokens|login|oauth|events|storage|http|ui)\/))/

interface OutsideWorld {
  readonly what: 'clock' | 'randomness' | 'process'
  readonly pattern: RegExp
  readonly instead: string
}

/** What the core must be given and may not reach for. */
const OUTSIDE_WORLD: readonly OutsideWorld[] = [
  {
    what: 'clock',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.(now|timeOrigin)\b|\bhrtime\b/g,
    instead: 'take the clock as a port, so that a test can move it',
  },
  {
    what: 'randomness',
    pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\brandomInt\b|\bgetRandomValues\b/g,
    instead: 'take randomness as a port, so that a test can repeat itself',
  },
  {
    what: 'process',
    pattern: /(?<![.\w])process\s*[.[]/g,
    instead: 'take what is needed as an argument: the server also runs inside other programs',
  },
]

interface AllowedPlace {
  readonly path: string
  readonly what: OutsideWorld['what']
  readonly because: string
}

/** The only places of the core where the outside world comes in. */
export const ALLOWED_PLACES: readonly AllowedPlace[] = [
  {
    path: 'packages/jwt/src/system-clock.ts',
    what: 'clock',
    because: 'the default of a published verifier, used when the caller gives no clock',
  },
  {
    path: 'packages/verify/src/surroundings.ts',
    what: 'clock',
    because: 'the default of a published package, used when the caller gives no clock',
  },
  {
    path: 'packages/verify/src/surroundings.ts',
    what: 'randomness',
    because: 'spreads out reconnections where nobody decides how',
  },
  {
    path: 'packages/client/src/world.ts',
    what: 'clock',
    because: 'the one file of the client that knows where it runs',
  },
  {
    path: 'packages/client/src/world.ts',
    what: 'randomness',
    because: 'the one file of the client that knows where it runs',
  },
  {
    path: 'packages/verify/src/dpop/nonces.ts',
    what: 'randomness',
    because: 'makes the secret of nonces where the caller has none to share',
  },
  {
    path: 'packages/jwt/src/platform/node.ts',
    what: 'randomness',
    because: 'makes secret keys, as node:crypto makes the others',
  },
  {
    path: 'packages/jwt/src/platform/web.ts',
    what: 'randomness',
    because: 'makes secret keys, as WebCrypto makes the others',
  },
]

/** Clock, randomness and process are handed to the core. */
export const injectedWorld: Rule = (files) =>
  files
    .filter((file) => CORE.test(file.path) && /\.[jt]sx?$/.test(file.path))
    .flatMap((file) => reachesOutside(file))
    .filter(({ path, what }) => !ALLOWED_PLACES.some((at) => at.path === path && at.what === what))

/** An allowed place that needs no permission any more loses it. */
export const allowedPlacesAreUsed: Rule = (files) => {
  const used = files.flatMap((file) => reachesOutside(file))
  return ALLOWED_PLACES.filter(
    (place) => !used.some(({ path, what }) => path === place.path && what === place.what),
  ).map(({ path, what }) => ({ path, message: `needs no ${what}: take it off ALLOWED_PLACES` }))
}

function reachesOutside(file: SourceFile): (Finding & Pick<OutsideWorld, 'what'>)[] {
  const code = blankComments(file.text, 'code only')
  return OUTSIDE_WORLD.flatMap(({ what, pattern, instead }) =>
    [...code.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(code, match.index),
      message: `reaches for the ${what} (${match[0].trim()}): ${instead}`,
      what,
    })),
  )
}
