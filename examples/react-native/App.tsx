// npx expo install expo-crypto expo-secure-store expo-web-browser, then this is the app.
import { useState } from 'react'
import { Button, Text, View } from 'react-native'
import * as SecureStore from 'expo-secure-store'
import * as WebBrowser from 'expo-web-browser'

import { MapaeProvider, useMapae } from '@mapae/client/react'
import { createApp } from './mapae.ts'

const API = 'https://api.example.com'
const app = createApp('https://auth.example.com', API, {
  secureStore: SecureStore,
  async openBrowser(url) {
    const result = await WebBrowser.openAuthSessionAsync(url, 'com.example.app:/callback')
    if (result.type !== 'success') throw new Error('The sign-in was closed.')
    return result.url
  },
})

export function App() {
  return (
    <MapaeProvider client={app.mapae}>
      <Home />
    </MapaeProvider>
  )
}

function Home() {
  const { user, isSignedIn } = useMapae()
  const [answer, setAnswer] = useState('')
  if (!isSignedIn) return <Button title="Sign in" onPress={() => void app.signIn()} />
  const load = async () => setAnswer(await (await app.mapae.fetch(`${API}/orders`)).text())
  return (
    <View>
      <Text>Signed in as {user?.username}.</Text>
      <Button title="My orders" onPress={() => void load()} />
      <Button title="Sign out" onPress={() => void app.mapae.signOut()} />
      <Text>{answer}</Text>
    </View>
  )
}
