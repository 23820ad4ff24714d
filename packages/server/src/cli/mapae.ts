#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import module from 'node:module'

// Nothing else is loaded before this: an older Node would stop at the first thing that it has not.
const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
const oldest = /"node": ">=(.+)"/.exec(manifest)?.[1] ?? ''
if (oldest.localeCompare(process.versions.node, 'en', { numeric: true }) > 0) {
  process.stderr.write(
    `mapae: This is Node ${process.versions.node}, and ${oldest} or newer is needed: install that. ` +
      'In a clone, npm start and npm run mapae bring one of their own.\n',
  )
  process.exit(1)
}
// The second start is twice as quick.
module.enableCompileCache()
// Whoever reads our output may stop early, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const { run } = await import('./program.ts')

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  input: process.stdin,
  print: (text) => void process.stdout.write(text),
  say: (text) => void process.stderr.write(text),
})
