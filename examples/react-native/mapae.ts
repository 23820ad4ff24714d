// The client of a React Native app. App.tsx beside it hands over what Expo has: the secure store of
// the device, and the browser in which the user signs in.
import { createMapae, type MapaeClient } from '@mapae/client'
import { native, type SecureStore } from '@mapae/client/native'

export interface Device {
  readonly secureStore: SecureStore
  /** Shows the URL and resolves with the one that the browser came back to. */
  readonly openBrowser: (url: string) => Promise<string>
}

const REDIRECT_URI = 'com.example.app:/callback'

export function createApp(issuer: string, api: string, device: Device) {
  const mapae: MapaeClient = createMapae({
    issuer,
    clientId: 'app',
    apis: [api],
    store: native(device.secureStore),
  })
  return {
    mapae,
    signIn: () => mapae.signIn({ redirectUri: REDIRECT_URI, open: device.openBrowser }),
  }
}
