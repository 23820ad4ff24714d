import { createHmac } from 'node:crypto'

import type { Client } from '../domain/client.ts'
import type { Random, UserId } from '../domain/ids.ts'
import type { IssuerConstantStore } from '../domain/ports.ts'

const SALT_BYTES = 32

/**
 * The name under which a client knows a user. Pairwise ones tell two sectors nothing about whether
 * their users are the same. Spec: OpenID Connect Core section 8.1.
 */
export interface Subjects {
  subjectFor(client: Client, userId: UserId): string
}

export async function createSubjects(
  constants: IssuerConstantStore,
  random: Random,
): Promise<Subjects> {
  const candidate = Buffer.from(random(SALT_BYTES)).toString('base64url')
  const salt = await constants.settle('pairwise subject salt', candidate)
  return {
    subjectFor: (client, userId) =>
      client.subjectType === 'public'
        ? userId
        : createHmac('sha256', salt)
            .update(JSON.stringify([sectorOf(client), userId]))
            .digest('base64url'),
  }
}

function sectorOf({ id, sectorIdentifier, redirectUris }: Client): string {
  if (sectorIdentifier !== null) return URL.parse(sectorIdentifier)?.host || sectorIdentifier
  return webHostOf(redirectUris[0] ?? '') ?? id
}

/**
 * The host that an https address belongs to, which its owner alone can use. Null for others: in
 * the address of a native app anybody may write any host.
 */
export function webHostOf(uri: string): string | null {
  const url = URL.parse(uri)
  return url?.protocol === 'https:' ? url.host : null
}
