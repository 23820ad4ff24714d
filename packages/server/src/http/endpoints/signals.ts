import { z } from 'zod'

import { openRoute } from '../route.ts'
import type { RevocationServices } from './revocations.ts'

const MOST_NAMES = 1000
/** Of what a receiver says, so much is logged. */
const MOST_LOGGED = 10
const LONGEST_ERROR = 100
const name = z.string().max(256)

/** Spec: RFC 8936 section 2. */
export function signalsRoute(services: RevocationServices) {
  const { authenticateFeedReader, pollSignals, noteSignalErrors, isStopping } = services
  return openRoute({
    method: 'POST',
    path: '/v1/signals',
    summary: 'Ends of sessions as security event tokens, each until it is acknowledged',
    body: z.looseObject({
      maxEvents: z.int().min(0).optional(),
      returnImmediately: z.boolean().default(false),
      ack: z.array(name).max(MOST_NAMES).default([]),
      setErrs: z.record(name, z.looseObject({ err: z.string() })).default({}),
    }),
    answers: {
      200: z.object({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean() }),
    },
    errors: [
      'authentication_required',
      'invalid_token',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'insufficient_scope',
    ],
    async handle(request) {
      const { clientId } = await authenticateFeedReader(request)
      const { maxEvents = null, ack, setErrs } = request.body
      const returnImmediately = request.body.returnImmediately || isStopping()
      const failed = Object.keys(setErrs)
      if (failed.length > 0) {
        const said = Object.values(setErrs).map(({ err }) => err.slice(0, LONGEST_ERROR))
        noteSignalErrors(clientId, said.slice(0, MOST_LOGGED))
      }
      // Sending again what somebody cannot read would not help them.
      const poll = { maxEvents, returnImmediately, known: [...ack, ...failed] }
      return { status: 200, json: await pollSignals(clientId, poll, request.signal()) }
    },
  })
}
