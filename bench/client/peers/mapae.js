// @mapae/client with the store for pages of any origin.
import { createMapae } from '@mapae/client'
import { dpop } from '@mapae/client/dpop'

const mapae = createMapae({ issuer: location.origin, clientId: 'web', store: dpop() })
mapae.subscribe(() => {})

globalThis.subject = {
  signIn: () => void mapae.signIn(),
  token: () => mapae.getToken(),
}
globalThis.isReady = true
