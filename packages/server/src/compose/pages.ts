import { readFileSync } from 'node:fs'

import type { Random } from '../domain/ids.ts'
import type { Clock } from '../domain/time.ts'
import { createPages, type PagesServices, type PagesSettings } from '../ui/pages.ts'

/** Beside this folder, and beside that of the bundled program. */
const ASSETS = new URL('../ui/assets/', import.meta.url)

/** The hosted pages, with what they load. */
export function composePages(
  settings: PagesSettings,
  surroundings: { readonly clock: Clock; readonly random: Random },
  services: Omit<PagesServices, 'clock' | 'random'>,
) {
  const read = (file: string) => readFileSync(new URL(file, ASSETS), 'utf8')
  const sources = { css: read('pages.css'), script: read('pages.js') }
  return createPages(settings, sources, { ...services, ...surroundings })
}
