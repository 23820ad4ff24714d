declare const unit: unique symbol

/** An instant: whole seconds since 1970-01-01T00:00:00Z, as JWT's NumericDate. */
export type UnixSeconds = number & { readonly [unit]: 'UnixSeconds' }

/** A length of time in whole seconds. */
export type Seconds = number & { readonly [unit]: 'Seconds' }

/** The only source of time in the product; tests turn it by hand. */
export interface Clock {
  /** Whole seconds since 1970. */
  seconds(): UnixSeconds
  /** Whole milliseconds since 1970; only identifiers need this resolution. */
  milliseconds(): number
}

/** The instant `length` after `instant`. */
export function after(instant: UnixSeconds, length: Seconds): UnixSeconds {
  return (instant + length) as UnixSeconds
}

/** The earlier of two instants. */
export function earlier(a: UnixSeconds, b: UnixSeconds): UnixSeconds {
  return a < b ? a : b
}
