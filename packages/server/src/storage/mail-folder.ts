import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Random } from '../domain/ids.ts'
import type { Mailer, SentMail } from '../domain/mail.ts'
import type { Clock } from '../domain/time.ts'

const MOST_KEPT = 100
const NAME_BYTES = 6

/** A mailer that sends nothing: it keeps what it got in a folder. */
export interface MailFolder extends Mailer {
  /** The newest first. */
  list(): Promise<readonly SentMail[]>
}

/** The folder is made with the first message, for its owner only; the oldest messages are deleted. */
export function createMailFolder(folder: string, clock: Clock, random: Random): MailFolder {
  const names = async () => {
    const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return found.filter((name) => name.endsWith('.json')).toSorted()
  }
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const sent: SentMail = { ...mail, sentAt: clock.seconds() }
      const unique = Buffer.from(random(NAME_BYTES)).toString('hex')
      const name = `${String(clock.milliseconds()).padStart(15, '0')}-${unique}.json`
      await writeFile(join(folder, name), JSON.stringify(sent), { mode: 0o600, flag: 'wx' })
      const surplus = (await names()).slice(0, -MOST_KEPT)
      await Promise.all(surplus.map((old) => rm(join(folder, old), { force: true })))
    },
    async list() {
      const newest = (await names()).toReversed()
      const texts = await Promise.all(newest.map((name) => readFile(join(folder, name), 'utf8')))
      return texts.map((text) => JSON.parse(text) as SentMail)
    },
  }
}
