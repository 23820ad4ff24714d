import type { DeviceAuthorization } from '../../domain/device-authorization.ts'
import { MapaeError, type ErrorCode } from '../../domain/errors.ts'
import type { Random } from '../../domain/ids.ts'
import type { Stores } from '../../domain/ports.ts'
import type { Clock } from '../../domain/time.ts'
import type { Lifetimes } from '../client-lifetimes.ts'
import { eventAtStart, newClientSession } from '../client-session.ts'
import { decideDeviceAnswer, hashOfDeviceCode, type DeviceAnswer } from '../device-flow.ts'
import { required } from '../parameters.ts'
import type { Reach } from '../reach.ts'
import { grantForSession, wholeOf } from '../session-grant.ts'
import type { Subjects } from '../subjects.ts'
import type { Grant, Granted, TokenRequest } from '../token-grant.ts'

export interface DeviceGrantServices {
  readonly stores: Pick<Stores, 'deviceAuthorizations'>
  readonly subjects: Subjects
  readonly reach: Reach
  readonly lifetimes: Lifetimes
  readonly clock: Clock
  readonly random: Random
}

/** Spec: RFC 8628 section 3.5. */
const errors: Readonly<Record<Exclude<DeviceAnswer, 'approved'>, ErrorCode>> = {
  pending: 'authorization_pending',
  slow_down: 'slow_down',
  denied: 'access_denied',
  expired: 'expired_token',
}

/** The device asks whether its user has said yes. Spec: RFC 8628 section 3.4. */
export function deviceCodeGrant(services: DeviceGrantServices): Grant {
  const { stores, subjects, reach, lifetimes, clock, random } = services
  const devices = stores.deviceAuthorizations
  return {
    type: 'urn:ietf:params:oauth:grant-type:device_code',
    async grant(request) {
      const { client, parameters } = request
      const device = await devices.find(hashOfDeviceCode(required(parameters, 'device_code')))
      if (device === null || device.clientId !== client.id || device.redeemedAt !== null) {
        throw invalidDevice()
      }
      const { answer, intervalSeconds } = decideDeviceAnswer(device, clock.seconds())
      // Of two questions at once the later one came too soon.
      const isNoted = await devices.noteQuestion(device, intervalSeconds, clock.seconds())
      if (answer !== 'approved') throw new MapaeError(errors[answer])
      if (!isNoted) throw new MapaeError('slow_down')
      return granted(device, request)
    },
  }

  function granted(device: DeviceAuthorization, request: TokenRequest): Granted {
    const { deviceCodeHash } = device
    const approval = device.approval!
    const allowed = reach.stillAllowed(request.client, { ...device, audiences: device.resources })
    const { scopes, audiences: resources } = allowed
    const whole = { ...approval, scopes, resources, requestedClaims: null }
    const session = newClientSession(whole, request, lifetimes, clock, random)
    const started = [eventAtStart('session.started', session)]
    const { credentialVersion } = approval
    return {
      ...grantForSession(session, request.client, subjects, wholeOf(session)),
      async spend() {
        if (await devices.redeem(deviceCodeHash, session, credentialVersion, started)) return
        throw invalidDevice()
      },
    }
  }
}

function invalidDevice(): MapaeError {
  return new MapaeError('invalid_grant', { detail: 'The device code is not valid.' })
}
