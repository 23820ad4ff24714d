import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where something of this repository is. */
export const inRepository = (path: string) =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))

const children: ChildProcess[] = []

/** Runs a program of this repository until `endAll`; resolves with what it said when ready. */
export async function run(
  path: string,
  words: readonly string[],
  environment: object,
  ready: RegExp,
): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--conditions=mapae-source', inRepository(path), ...words],
    { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (ready.test(said)) return said
  }
  throw new Error(`${path} ended:\n${said}`)
}

/** Resolves once all of them are gone. */
export async function endAll(): Promise<void> {
  const ended = children.map(
    (child) =>
      new Promise((resolve) =>
        child.exitCode === null ? child.once('exit', resolve) : resolve(0),
      ),
  )
  for (const child of children) child.kill()
  await Promise.all(ended)
}
