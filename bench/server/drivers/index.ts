import { betterAuthDriver } from './better-auth.ts'
import type { Driver } from './driver.ts'
import { oidcProviderDriver } from './oidc-provider.ts'
import { createTokenJsonDriver } from './token-json.ts'

export const drivers = {
  mapae: createTokenJsonDriver({ login: '/v1/login', refresh: '/v1/refresh', me: '/v1/me' }),
  express: createTokenJsonDriver({ login: '/login', refresh: '/refresh', me: '/me' }),
  'oidc-provider': oidcProviderDriver,
  'better-auth': betterAuthDriver,
} as const satisfies Record<string, Driver>

export type DriverName = keyof typeof drivers
