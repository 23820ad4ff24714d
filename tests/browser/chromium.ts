import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { chromium, type Browser } from 'playwright-core'

const installed = [
  process.env['MAPAE_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** A browser and how to be rid of it. */
export interface StartedBrowser {
  readonly browser: Browser
  readonly stop: () => Promise<void>
}

/**
 * Start the Chromium that comes with the packages (Linux, x64), else an installed one; undefined
 * where there is none.
 */
export async function startChromium(): Promise<StartedBrowser | undefined> {
  if (process.platform === 'linux' && process.arch === 'x64') return startPackaged()
  const executablePath = installed.find((path) => path !== undefined && existsSync(path))
  if (executablePath === undefined) return undefined
  const browser = await chromium.launch({ executablePath })
  return { browser, stop: async () => browser.close() }
}

/** Starts the packaged build, which is made for another place, so its parts are named one by one. */
async function startPackaged(): Promise<StartedBrowser> {
  const folder = await unpackOnce()
  const browser = await chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ['--no-sandbox', '--no-zygote', '--in-process-gpu', '--disable-webgl'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      XDG_CACHE_HOME: folder,
    },
  })
  return { browser, stop: () => browser.close() }
}

/**
 * The folder with the packaged build laid out, made by whoever needs it first: that takes seconds
 * and 200 MB, too much for each test file. It appears whole, under the name of its version.
 */
async function unpackOnce(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  const home = entry.slice(0, entry.lastIndexOf(`chromium${sep}`) + 'chromium'.length)
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    version: string
  }
  const folder = join(CACHE, `chromium-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  const unfinished = mkdtempSync(`${folder}-unfinished-`)
  await unpack(join(home, 'bin'), unfinished)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    // Somebody else was faster; theirs is the same.
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

async function unpack(archives: string, folder: string): Promise<void> {
  writeFileSync(
    join(folder, 'chromium'),
    brotliDecompressSync(await readFile(join(archives, 'chromium.br'))),
    { mode: 0o755 },
  )
  for (const name of ['al2023', 'fonts']) {
    unpackTar(
      brotliDecompressSync(await readFile(join(archives, `${name}.tar.br`))),
      join(folder, name),
    )
  }
  const swiftshader = await readFile(join(archives, 'swiftshader.tar.br'))
  unpackTar(brotliDecompressSync(swiftshader), folder)
  writeFileSync(
    join(folder, 'fonts.conf'),
    '<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>',
  )
}

const blockBytes = 512

/** Files of a POSIX tar archive; links and other entries do not occur in these. */
function unpackTar(archive: Buffer, folder: string): void {
  const field = (start: number, length: number): string =>
    archive.toString('latin1', start, start + length).replace(/\0.*$/s, '')
  for (let offset = 0; field(offset, 100) !== '';) {
    const path = join(folder, field(offset, 100))
    const size = Number.parseInt(field(offset + 124, 12), 8)
    const isFolder = field(offset + 156, 1) === '5'
    const start = offset + blockBytes
    mkdirSync(isFolder ? path : dirname(path), { recursive: true })
    if (!isFolder) writeFileSync(path, archive.subarray(start, start + size), { mode: 0o755 })
    offset = start + Math.ceil(size / blockBytes) * blockBytes
  }
}
