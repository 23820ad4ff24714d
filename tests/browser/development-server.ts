import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { loadConsole } from '@mapae/console'
import { createMapae } from 'mapae'

import { resolveConfig } from '../../packages/server/src/cli/config.ts'
import { bind } from '../../packages/server/src/cli/serve.ts'
import { createDevelopment } from '../../packages/server/src/development/development.ts'
import { createGuest } from '../../packages/server/src/development/guest.ts'
import { createQueryCount } from '../../packages/server/src/development/query-count.ts'
import type { Seconds } from '../../packages/server/src/domain/time.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import { createMailFolder } from '../../packages/server/src/storage/mail-folder.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** `mapae dev` in this process, on a free port, with tokens that a test can watch expire. */
export async function startDevelopmentServer(accessTokenSeconds: number) {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-console-'))
  const settings = readSettings({ MAPAE_DATA_DIR: folder })
  const server = await bind('127.0.0.1', 0, false)
  const { port } = server
  const config = resolveConfig(settings, 'dev', port, silent)
  const guest = createGuest(accessTokenSeconds as Seconds, randomBytes)
  const queryCount = createQueryCount()
  const mapae = await createMapae({
    ...config,
    watchQuery: (sql) => queryCount.watch(sql),
    accessTokenSecondsOf: (userId) => guest.accessTokenSecondsOf(userId),
  })
  const parts = { mapae, audience: config.audience, guest, queryCount, logger: silent }
  const mailFolder = createMailFolder(join(folder, 'mail'), mapae.clock, randomBytes)
  const random = randomBytes
  const development = await createDevelopment({ ...parts, mailFolder, random, loadConsole })
  server.serve(development.fetch)
  return {
    url: `http://localhost:${port}`,
    mapae,
    async stop() {
      await development.close()
      mapae.announceStop()
      await server.close(0)
      await mapae.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
