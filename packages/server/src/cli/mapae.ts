import { dev } from './dev.ts'

await dev(process.env, (text) => process.stdout.write(text))
