import { readFile } from 'node:fs/promises'

import type { ConsoleFiles } from '../development/console-files.ts'

/** The pages as `npm run build` bundled them, beside the program. */
export async function loadConsole(): Promise<ConsoleFiles> {
  const written = await readFile(new URL('console.json', import.meta.url), 'utf8')
  return JSON.parse(written) as ConsoleFiles
}
