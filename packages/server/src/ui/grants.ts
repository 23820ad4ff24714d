import { claimsOfScope } from '../oauth/scopes.ts'
import { html, type Html } from './html.ts'
import type { Texts } from './texts/texts.ts'

/** What a client asks for. */
export interface Wish {
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** Names of single claims. */
  readonly claims: readonly string[]
}

/** What the client will be able to do, in words, each thing once. */
export function grantList(wish: Wish, texts: Texts, audience: string): Html {
  return html`<ul class="grants">
    ${grants(wish, texts, audience).map((grant) => html`<li>${grant}</li>`)}
  </ul>`
}

function grants({ scopes, resources, claims }: Wish, { consent }: Texts, audience: string) {
  const known: Readonly<Record<string, string | undefined>> = consent.scopes
  const opened = new Set(scopes.flatMap((scope) => claimsOfScope[scope] ?? []))
  const all = [
    ...scopes.map((scope) => known[scope] ?? consent.otherScope(scope)),
    ...claims.filter((claim) => !opened.has(claim)).map((claim) => consent.claim(claim)),
    ...resources.filter((one) => one !== audience).map((one) => consent.resource(one)),
  ]
  return all.length === 0 ? [consent.signIn] : [...new Set(all)]
}
