import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import type * as NativeArgon2 from '@node-rs/argon2'

/** What one Argon2id computation costs. Spec: RFC 9106, section 3.1. */
export interface Argon2Parameters {
  /** Memory, `m`. */
  readonly memoryKibibytes: number
  /** Passes over the memory, `t`. */
  readonly passes: number
  /** Degree of parallelism, `p`. */
  readonly lanes: number
}

export interface Argon2Input {
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly tagBytes: number
  readonly parameters: Argon2Parameters
}

/** Computes Argon2id version 0x13 off the event loop. */
export interface Argon2Engine {
  /** `native` is @node-rs/argon2, `node` the slower one built into Node. */
  readonly name: 'native' | 'node'
  derive(input: Argon2Input): Promise<Uint8Array>
}

// The package declares these as const enums, which type stripping cannot read.
const ARGON2ID = 2
const VERSION_0X13 = 1

/** The native engine, or Node's own where no prebuilt one loads on this platform. */
export async function loadArgon2Engine(
  importNative: () => Promise<typeof NativeArgon2> = () => import('@node-rs/argon2'),
): Promise<Argon2Engine> {
  try {
    return createNativeEngine(await importNative())
  } catch {
    return createNodeEngine()
  }
}

function createNativeEngine({ hashRaw }: typeof NativeArgon2): Argon2Engine {
  return {
    name: 'native',
    derive: ({ password, salt, tagBytes, parameters }) =>
      hashRaw(password, {
        algorithm: ARGON2ID,
        version: VERSION_0X13,
        salt,
        outputLen: tagBytes,
        memoryCost: parameters.memoryKibibytes,
        timeCost: parameters.passes,
        parallelism: parameters.lanes,
      }),
  }
}

function createNodeEngine(): Argon2Engine {
  const derive = promisify(argon2)
  return {
    name: 'node',
    derive: ({ password, salt, tagBytes, parameters }) =>
      derive('argon2id', {
        message: password,
        nonce: salt,
        tagLength: tagBytes,
        memory: parameters.memoryKibibytes,
        passes: parameters.passes,
        parallelism: parameters.lanes,
      }),
  }
}
