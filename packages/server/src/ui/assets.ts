import { createHash } from 'node:crypto'

import { openRoute, type Route } from '../http/route.ts'
import { themeCss, type Brand } from './theme.ts'

/** A year: what changes gets another address. */
const CACHING = 'public, max-age=31536000, immutable'

/** The stylesheet and the module of the pages, as they are in their files. */
export interface AssetSources {
  readonly css: string
  readonly script: string
}

export interface Assets {
  readonly stylesheet: string
  readonly script: string
  readonly logo: string
  readonly routes: readonly Route[]
}

/** The tablet, its cord and its horse, drawn as little as can be. */
const OWN_LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><circle cx="24" cy="27" r="19" fill="#8a5a18"/><circle cx="24" cy="27" r="15.5" fill="none" stroke="#f3dfb8" stroke-width="1.5"/><path d="M20 9.500V5.500a4 4 0 0 1 8 0v4" fill="none" stroke="#8a5a18" stroke-width="3"/><path d="M15.500 36.500v-8.500c0-6 3.500-10 9-10.500l3.500-3 .5 3.500c2 1 3.500 3 4.500 5.500l.5 2.500-2.500 1.500-3.500-2-2 .5c1 3.500 3.500 5.500 5 10.500" fill="none" stroke="#f3dfb8" stroke-width="2.400" stroke-linejoin="round" stroke-linecap="round"/></svg>`

/** Serves what the pages load, each under an address that holds its hash. */
export function createAssets(sources: AssetSources, brand: Brand): Assets {
  const stylesheet = assetRoute('pages', 'css', 'text/css; charset=utf-8', {
    text: sources.css + themeCss(brand.color),
  })
  const script = assetRoute('pages', 'js', 'text/javascript; charset=utf-8', {
    text: sources.script,
  })
  const logo =
    brand.logo === null
      ? assetRoute('logo', 'svg', 'image/svg+xml', { text: OWN_LOGO })
      : assetRoute('logo', extensionOf(brand.logo.mediaType), brand.logo.mediaType, {
          bytes: brand.logo.bytes,
        })
  return {
    stylesheet: stylesheet.path,
    script: script.path,
    logo: logo.path,
    routes: [stylesheet, script, logo],
  }
}

function extensionOf(mediaType: string): string {
  return mediaType === 'image/svg+xml' ? 'svg' : mediaType.slice('image/'.length)
}

type Content = { readonly text: string } | { readonly bytes: Uint8Array }

function assetRoute(name: string, extension: string, type: string, content: Content): Route {
  const body = 'text' in content ? content.text : content.bytes
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16)
  return openRoute({
    method: 'GET',
    path: `/assets/${name}.${hash}.${extension}`,
    summary: 'What the pages load',
    body: null,
    answers: { 200: null },
    errors: [],
    handle: () => ({
      status: 200,
      ...('text' in content ? { text: content.text } : { stream: streamOf(content.bytes) }),
      headers: { 'Content-Type': type, 'Cache-Control': CACHING },
    }),
  })
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}
