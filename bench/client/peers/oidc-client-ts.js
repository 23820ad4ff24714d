// oidc-client-ts as its README sets it up, with its user in localStorage so that tabs share it.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts'

const manager = new UserManager({
  authority: location.origin,
  client_id: 'web',
  redirect_uri: location.origin + location.pathname,
  scope: 'openid profile email offline_access',
  userStore: new WebStorageStateStore({ store: window.localStorage }),
})

globalThis.subject = {
  signIn: () => manager.signinRedirect(),
  async token() {
    const user = await manager.getUser()
    if (user !== null && !user.expired) return user.access_token
    return (await manager.signinSilent()).access_token
  },
}

if (location.search.includes('code=')) {
  await manager.signinCallback()
  history.replaceState(null, '', location.pathname)
}
globalThis.isReady = true
