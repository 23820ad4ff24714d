// A page that sends its user to the server, and whose refresh token lives in a cookie.
import { createMapae } from '../../src/index.ts'

declare const document: { readonly body: { readonly dataset: { readonly issuer: string } } }

const mapae = createMapae({ issuer: document.body.dataset.issuer, clientId: 'pages' })
mapae.subscribe(() => {})

Object.assign(globalThis, { mapae })
