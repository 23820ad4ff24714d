import { readFileSync } from 'node:fs'

import { ConfigurationError } from '../domain/errors.ts'
import { settingTable } from '../settings.ts'
import type { Logo } from '../ui/theme.ts'

/** Every visitor loads it. */
const MOST_BYTES = 100_000

/** By what the file begins with: its name may say anything. */
const BEGINNINGS: readonly (readonly [RegExp, Logo['mediaType']])[] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*<svg[\s>]/, 'image/svg+xml'],
]

/** Throws `ConfigurationError` when it cannot be read or is no picture that pages can show. */
export function readLogo(path: string): Logo {
  const bytes = readBytes(path)
  const beginning = bytes.toString('latin1', 0, 1000)
  const mediaType = BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1]
  if (mediaType === undefined || bytes.length > MOST_BYTES) throw unusable(path)
  return { bytes, mediaType }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, cause?: unknown): ConfigurationError {
  const { variable } = settingTable.brandLogo
  return new ConfigurationError(
    `${variable} must name an SVG, PNG, JPEG or WebP file of at most ${MOST_BYTES / 1000} kB; ${path} is none.`,
    cause,
  )
}
