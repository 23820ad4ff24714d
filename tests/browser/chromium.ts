import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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

/** A browser and how to be rid of it and its files. */
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

/** The packaged build is made for another place, so its archives are laid out here by hand. */
async function startPackaged(): Promise<StartedBrowser> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  const archives = join(entry.slice(0, entry.lastIndexOf(`chromium${sep}`)), 'chromium', 'bin')
  const folder = mkdtempSync(join(tmpdir(), 'mapae-chromium-'))
  const executablePath = join(folder, 'chromium')
  writeFileSync(
    executablePath,
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
  const fontsConfiguration = join(folder, 'fonts.conf')
  writeFileSync(
    fontsConfiguration,
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(folder, 'cache')}</cachedir></fontconfig>`,
  )
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--no-zygote', '--in-process-gpu', '--disable-webgl'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: fontsConfiguration,
    },
  })
  return {
    browser,
    stop: async () => {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
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
