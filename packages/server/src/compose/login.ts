import type { Random } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock, Seconds } from '../domain/time.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import { createAccounts } from '../login/accounts.ts'
import { loadArgon2Engine } from '../login/argon2-engine.ts'
import { createBrowserSessions } from '../login/browser-session.ts'
import { createChangePassword } from '../login/change-password.ts'
import { createPasswordHasher } from '../login/password-hashing.ts'
import { createPasswordPolicy } from '../login/password-policy.ts'
import type { PasswordStrengthEstimator } from '../login/password-strength.ts'
import { createSignInWithPassword } from '../login/password.ts'
import { createSignUp } from '../login/sign-up.ts'
import { createSignInThrottle } from '../login/throttle.ts'
import type { StartSession } from '../sessions/start.ts'

export interface LoginConfig {
  readonly hashConcurrency: number
  readonly hashQueue: number
  readonly signInLimitAccount: number
  readonly signInLimitAddress: number
  readonly browserIdleSeconds: number
  readonly browserAbsoluteSeconds: number
  readonly signup: 'open' | 'closed'
}

interface LoginSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly monotonicMilliseconds: () => number
  readonly passwordStrength?: PasswordStrengthEstimator
}

export type Login = Awaited<ReturnType<typeof composeLogin>>

/** Proving who somebody is, and making accounts. */
export async function composeLogin(
  config: LoginConfig,
  { clock, random, monotonicMilliseconds, passwordStrength }: LoginSurroundings,
  stores: Stores,
  { startSession }: { readonly startSession: StartSession },
  { revocations }: { readonly revocations: RevocationLog },
) {
  const hasher = createPasswordHasher({
    engine: await loadArgon2Engine(),
    concurrency: config.hashConcurrency,
    queueLimit: config.hashQueue,
    random,
    monotonicMilliseconds,
  })
  const limits = { perAccount: config.signInLimitAccount, perAddress: config.signInLimitAddress }
  const throttle = createSignInThrottle(stores, limits, clock)
  const policy = createPasswordPolicy(monotonicMilliseconds, passwordStrength)
  const accounts = createAccounts(stores.users, hasher, policy, revocations, clock, random)
  const lifetimes = {
    idleSeconds: config.browserIdleSeconds as Seconds,
    absoluteSeconds: config.browserAbsoluteSeconds as Seconds,
  }
  const browserSessions = createBrowserSessions(
    stores.browserSessions,
    revocations,
    lifetimes,
    clock,
    random,
  )
  const isOpen = config.signup === 'open'
  const startInBrowser = browserSessions.start
  return {
    hasher,
    policy,
    accounts,
    browserSessions,
    signUp: createSignUp(isOpen, accounts, throttle, startSession, clock),
    signUpInBrowser: createSignUp(isOpen, accounts, throttle, startInBrowser, clock),
    signIn: createSignInWithPassword(stores, hasher, throttle, startSession, clock),
    signInInBrowser: createSignInWithPassword(stores, hasher, throttle, startInBrowser, clock),
    changePassword: createChangePassword(stores, accounts, hasher, throttle, clock),
  }
}
