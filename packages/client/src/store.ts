import type { Saved } from './saved.ts'
import type { World } from './world.ts'

/** Where the tokens live. */
export interface Store {
  /** How the refresh token travels: in bodies, or in a cookie that no script reads. */
  readonly transport: 'body' | 'cookie'
  /** A request that takes longer is given up. Less than the server's grace. */
  readonly requestMilliseconds: number
  readonly read: () => Promise<Saved | null>
  /**
   * Replaces what is kept by what `change` makes of it, in one step with respect to other tabs, and
   * tells them. Returns what is kept then.
   */
  readonly update: (change: (saved: Saved | null) => Saved | null) => Promise<Saved | null>
  /** Tells what other tabs changed. Returns how to stop. */
  readonly listen?: (changed: () => void) => () => void
  /** Lets go of what it holds open. */
  readonly close?: () => void
  /** Gets the access token from another tab, where only tabs have it. */
  readonly askOthers?: () => Promise<void>
  /**
   * Notes that a request is about to be sent; returns 0, or for how many milliseconds it must
   * wait, and then nothing was noted. Without it each new token rests.
   */
  readonly begin?: () => number
  /** Notes that the last request noted was answered. */
  readonly answered?: () => void
  /**
   * As the `fetch` of the world, with a proof that this device sends the request. A sign-in starts
   * with a key of its own.
   */
  readonly fetch?: (
    request: string | Request,
    init?: RequestInit,
    isSignIn?: boolean,
  ) => Promise<Response>
  /** False where a new refresh token could not be kept: then none is asked for. */
  readonly canRefresh?: boolean
}

/** A preset: makes the store when the client is made. `name` is of one issuer and client. */
export type StoreFactory = (name: string, world: World) => Store
