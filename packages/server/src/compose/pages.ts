import { readFileSync } from 'node:fs'

import type { Random } from '../domain/ids.ts'
import type { Clock } from '../domain/time.ts'
import { homeRoutes } from '../ui/home.ts'
import { createPages, type Pages, type PagesServices, type PagesSettings } from '../ui/pages.ts'

/** Beside this folder, and beside that of the bundled program. */
const ASSETS = new URL('../ui/assets/', import.meta.url)

/** What the first page of production names. */
const FOR_PEOPLE = [{ text: 'account', path: '/account' }] as const

/** The first page and the hosted pages, with what they load. */
export function composePages(
  settings: PagesSettings,
  surroundings: { readonly clock: Clock; readonly random: Random },
  services: Omit<PagesServices, 'clock' | 'random'>,
): Pages {
  const read = (file: string) => readFileSync(new URL(file, ASSETS), 'utf8')
  const sources = { css: read('pages.css'), script: read('pages.js') }
  const pages = createPages(settings, sources, { ...services, ...surroundings })
  const { issuer, brand } = settings
  const home = homeRoutes({
    issuer,
    mode: 'production',
    forPeople: FOR_PEOPLE,
    brand: { ...brand, logo: pages.logo },
  })
  return { ...pages, routes: [...home, ...pages.routes] }
}
