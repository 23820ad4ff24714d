import type { Saved } from './saved.ts'
import type { StoreFactory } from './store.ts'
import { createVault } from './vault.ts'

/** A secure store of the device; `expo-secure-store` is one as it is. */
export interface SecureStore {
  getItemAsync(key: string): Promise<string | null>
  setItemAsync(key: string, value: string): Promise<void>
  deleteItemAsync(key: string): Promise<void>
}

/** Secure stores of some devices refuse more, counted in UTF-8. */
const LARGEST_VALUE_BYTES = 2048

/**
 * The tokens live in the secure store of the device. A value that would be too large goes without
 * what the server can tell again: the user, the ID token and the access token.
 */
export function native(secureStore: SecureStore): StoreFactory {
  return (name) => {
    // Letters, digits, `.`, `-` and `_` are what such stores take.
    const key = name.replaceAll(/[^\w.-]/g, '_')
    return createVault(
      {
        read: () => secureStore.getItemAsync(key),
        write: (text) =>
          text === null ? secureStore.deleteItemAsync(key) : secureStore.setItemAsync(key, text),
      },
      smallText,
    )
  }
}

function smallText(saved: Saved): string {
  const { user: _user, idToken: _idToken, ...withoutUser } = saved
  const { accessToken: _accessToken, ...least } = withoutUser
  const texts = [saved, withoutUser, least].map((part) => JSON.stringify(part))
  const isSmall = (text: string): boolean =>
    // A character has at most three bytes a UTF-16 unit, and only names have such.
    encodeURI(text).replaceAll(/%../g, '.').length <= LARGEST_VALUE_BYTES
  return texts.find(isSmall) ?? texts[2]!
}
