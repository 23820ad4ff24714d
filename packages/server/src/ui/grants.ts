import type { ClientRegistry } from '../oauth/client-registry.ts'
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

export interface GrantList {
  /** What the client will be able to do, in words, each thing once. */
  (wish: Wish, texts: Texts): Html
}

/** `unnamed`: resource servers that are not worth naming unless an operator gave them a name. */
export function createGrantList(
  clients: Pick<ClientRegistry, 'resourceServers'>,
  unnamed: readonly string[],
): GrantList {
  function grants({ scopes, resources, claims }: Wish, { consent }: Texts): readonly string[] {
    const known = new Map(Object.entries(consent.scopes))
    const opened = new Set(scopes.flatMap((scope) => claimsOfScope[scope] ?? []))
    const apis = clients.resourceServers()
    const told = resources.flatMap((resource) => apis.get(resource)?.openScopes ?? [])
    const textOf = (scope: string) => told.find((one) => one.scope === scope)?.text ?? null
    const nameOf = (resource: string) => {
      const name = apis.get(resource)?.name
      return name === undefined ? resource : `${name} (${resource})`
    }
    const all = [
      ...scopes.map((scope) => known.get(scope) ?? textOf(scope) ?? consent.otherScope(scope)),
      ...claims.filter((claim) => !opened.has(claim)).map((claim) => consent.claim(claim)),
      ...resources
        .filter((resource) => apis.has(resource) || !unnamed.includes(resource))
        .map((resource) => consent.resource(nameOf(resource))),
    ]
    return all.length === 0 ? [consent.signIn] : [...new Set(all)]
  }

  return (wish, texts) =>
    html`<ul class="grants">
      ${grants(wish, texts).map((grant) => html`<li>${grant}</li>`)}
    </ul>`
}
