import { z } from 'zod'

import type { BeginDevice } from '../../oauth/begin-device.ts'
import { clientRequestOf } from '../client-request.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import { openRoute } from '../route.ts'

/** Where the user types the code. */
const PAGE = '/device'

/** Spec: RFC 8628 sections 3.1 and 3.2. */
export function oauthDeviceAuthorizationRoute(issuer: string, beginDevice: BeginDevice) {
  return openRoute({
    method: 'POST',
    path: '/oauth/device_authorization',
    cors: 'any',
    summary: 'Begin to sign in on a device without a browser (OAuth 2.1)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: {
      200: z.object({
        device_code: z.string(),
        user_code: z.string(),
        verification_uri: z.string(),
        verification_uri_complete: z.string(),
        expires_in: z.int().meta({ description: 'Seconds.' }),
        interval: z.int().meta({ description: 'Seconds between two questions.' }),
      }),
    },
    errors: [
      'unauthorized_client',
      'invalid_scope',
      'invalid_target',
      'invalid_client',
      'too_many_attempts',
      'server_busy',
    ],
    errorsAs: 'oauth',
    failed: oauthFailure,
    async handle(request) {
      const begun = await beginDevice(clientRequestOf(request))
      return {
        status: 200,
        json: {
          device_code: begun.deviceCode,
          user_code: begun.userCode,
          verification_uri: issuer + PAGE,
          verification_uri_complete: `${issuer}${PAGE}?user_code=${begun.userCode}`,
          expires_in: begun.expiresInSeconds,
          interval: begun.intervalSeconds,
        },
      }
    },
  })
}
