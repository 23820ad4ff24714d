// Loaded before `mapae start` to measure what a sign-in costs beside its Argon2id computation:
// that costs every server the same and would hide the rest. The product knows nothing of this.
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== '@node-rs/argon2') return next(specifier, context)
    return { url: new URL('argon2-stand-in.ts', import.meta.url).href, shortCircuit: true }
  },
})
