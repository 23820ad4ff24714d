import type { IncomingRequest } from './credentials.ts'
import type { MapaeOptions } from './options.ts'
import type { RefusalAnswer } from './refusal.ts'
import { checkRequirements, type Requirements } from './requirements.ts'
import { createResourceServer, type Operations, type Outcome } from './resource-server.ts'

/** What every adapter offers. A guard is a middleware, a hook, or whatever the framework has. */
export interface Guards<Guard, Handler = unknown> extends Operations {
  /** A valid access token, and what else is required. */
  (requirements?: Requirements): Guard
  /** A token with all of these scopes. */
  scope(...scopes: readonly [string, ...string[]]): Guard
  /**
   * What answers with the metadata of your API, for its route at `metadataPath()`.
   * Errors (`OptionError`): `option_required` without the option `resourceMetadata`.
   */
  metadata(): Handler
  /**
   * Where clients look for the metadata: `/.well-known/oauth-protected-resource`, and the path of
   * the audience when it has one. Spec: RFC 9728 section 3.1. Errors: as `metadata`.
   */
  metadataPath(): string
}

/** Checks one request against what its route requires. */
export type CheckRequest = (request: IncomingRequest) => Outcome | Promise<Outcome>

/**
 * Make the guards of a framework out of a way to make one, and a way to send an answer.
 * Errors (`OptionError`): from the options at once, from requirements when a guard is made.
 */
export function createGuards<Guard, Handler>(
  options: MapaeOptions,
  makeGuard: (check: CheckRequest) => Guard,
  makeHandler: (answer: RefusalAnswer) => Handler,
): Guards<Guard, Handler> {
  const { check, getMetadata, ...operations } = createResourceServer(options)
  const guard = (requirements: Requirements = {}): Guard => {
    const checked = checkRequirements(requirements)
    return makeGuard((request) => check(request, checked))
  }
  const scope = (...scopes: readonly string[]): Guard => guard({ scope: scopes })
  const metadata = (): Handler => makeHandler(getMetadata().answer)
  const metadataPath = (): string => getMetadata().path
  return Object.assign(guard, { scope, metadata, metadataPath, ...operations })
}

/** For frameworks with callbacks: hands on an outcome that comes later, or the fault of a program. */
export async function whenSettled(
  pending: Promise<Outcome>,
  settle: (outcome: Outcome) => void,
  failed: (error: Error) => void,
): Promise<void> {
  let outcome: Outcome
  try {
    outcome = await pending
  } catch (error) {
    return failed(error as Error)
  }
  settle(outcome)
}
