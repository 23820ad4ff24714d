// A React page in Strict Mode, which counts what it leaves behind.
import { createElement, StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'

import { createMapae } from '../../src/index.ts'
import { MapaeProvider, useMapae } from '../../src/react.ts'

declare const location: { readonly origin: string }
declare const document: { getElementById(id: string): Parameters<typeof createRoot>[0] }

/** How many listeners and timers of the client are there. */
const open = { listeners: 0, timers: 0 }
for (const target of [globalThis, document] as unknown as EventTarget[]) {
  const add = target.addEventListener.bind(target)
  const remove = target.removeEventListener.bind(target)
  target.addEventListener = (...values) => {
    open.listeners += 1
    add(...values)
  }
  target.removeEventListener = (...values) => {
    open.listeners -= 1
    remove(...values)
  }
}

const mapae = createMapae({ issuer: location.origin, clientId: 'web', apis: [location.origin] })
const renderings: string[] = []

function Greeting() {
  const { user, isSignedIn, state } = useMapae()
  renderings.push(state)
  return createElement('p', {}, isSignedIn ? `Hello ${user?.username}` : state)
}

let root: Root | undefined

function mount(): void {
  root = createRoot(document.getElementById('root'))
  const page = createElement(MapaeProvider, { client: mapae }, createElement(Greeting))
  root.render(createElement(StrictMode, {}, page))
}

function unmount(): void {
  root?.unmount()
}

/** Starts timers through here, so that they can be counted. */
const { setTimeout: start, clearTimeout: end } = globalThis
const counted = new Set<unknown>()
Object.assign(globalThis, {
  setTimeout(run: () => void, milliseconds: number) {
    const timer: unknown = start(() => {
      counted.delete(timer)
      run()
    }, milliseconds)
    // The client's own timers last for seconds; React's are for at once.
    if (milliseconds > 500) counted.add(timer)
    return timer
  },
  clearTimeout(timer: Parameters<typeof end>[0]) {
    counted.delete(timer)
    end(timer)
  },
  mapae,
  mount,
  unmount,
  renderings,
  counts: () => ({ ...open, timers: counted.size }),
})
