import { MapaeError } from '../domain/errors.ts'
import type { Route, RouteRequest } from '../http/route.ts'

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/
/** What proxies and tunnels add: behind one, loopback says nothing about who is asking. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host']

/**
 * The same routes for this machine only. A name of another machine is refused, also when a
 * stranger's page made it point here (DNS rebinding), and what changes something must come from a
 * page of this server. Errors: `not_found`, `origin_not_allowed`.
 */
export function localOnly(routes: readonly Route[]): readonly Route[] {
  return routes.map((route): Route => {
    const check = (request: RouteRequest) => checkIsLocal(request)
    if (route.authentication !== 'none') throw new Error('Development routes are open.')
    return {
      ...route,
      handle(request: RouteRequest) {
        check(request)
        return route.handle(request)
      },
    }
  })
}

/** The origin that the browser used, such as `http://localhost:4400`. */
export function originOf(headers: Headers): string {
  return `http://${headers.get('host') ?? ''}`
}

function checkIsLocal({ method, headers }: RouteRequest): void {
  const isLocal = LOOPBACK_HOST.test(headers.get('host') ?? '')
  if (!isLocal || FORWARDING.some((name) => headers.has(name))) throw new MapaeError('not_found')
  if (method === 'GET') return
  if (headers.get('origin') !== originOf(headers)) throw new MapaeError('origin_not_allowed')
}
