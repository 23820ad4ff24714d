import type { PasswordRefusal } from '../../login/password-policy.ts'
import type { UsernameRefusal } from '../../login/username.ts'

/** Everything that the pages say, in one language. */
export interface Texts extends Omit<typeof english, 'usernameRefusals' | 'passwordRefusals'> {
  readonly usernameRefusals: Readonly<Record<UsernameRefusal, string>>
  readonly passwordRefusals: Readonly<Record<PasswordRefusal, string>>
}

export const english = {
  languageName: 'English',
  switchLanguage: 'Language',
  skipToContent: 'Skip to content',

  fields: {
    username: 'User name',
    password: 'Password',
    currentPassword: 'Current password',
    newPassword: 'New password',
    passwordHint: 'At least 8 characters. Several words that do not belong together are best.',
    usernameHint: 'Letters of any language, up to 64 characters.',
    show: 'Show',
    hide: 'Hide',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    capsLock: 'Caps Lock is on.',
    hangul: 'You are typing in Hangul. The 한/영 key switches.',
  },

  signIn: {
    title: 'Sign in',
    lead: 'Use your user name and password.',
    toContinue: (client: string) => `Sign in to go on to ${client}.`,
    again: (username: string) =>
      `Enter your password again to confirm that it is you, ${username}.`,
    submit: 'Sign in',
    noAccount: 'No account yet?',
    toSignUp: 'Create one',
  },

  signUp: {
    title: 'Create an account',
    lead: 'Choose a user name and a password.',
    submit: 'Create account',
    haveAccount: 'Have an account already?',
    toSignIn: 'Sign in',
    closed: 'New accounts are not open here. Ask whoever runs this service.',
  },

  selectAccount: {
    title: 'Which account?',
    lead: (client: string) => `Choose the account to go on to ${client} with.`,
    submit: (username: string) => `Continue as ${username}`,
  },

  consent: {
    title: (client: string) => `Let ${client} use your account?`,
    unknownClient: (host: string) =>
      `The operator of this page does not know this application. Its name is its own choice; go on only if you trust ${host}.`,
    unknownProgram:
      'The operator of this page does not know this application. Its name is its own choice; go on only if you have just started it on this device yourself.',
    anyProgram:
      'Any program on this device could ask this in its name. Go on only if you have just started it yourself.',
    lead: (username: string) => `You are signed in as ${username}.`,
    otherUser: 'Use another account',
    gets: 'It will be able to:',
    scopes: {
      openid: 'recognise you when you sign in',
      profile: 'see your user name',
      email: 'see your e-mail address',
      offline_access: 'stay signed in while you are away',
    },
    signIn: 'act for you as far as this service lets it',
    otherScope: (scope: string) => `use the permission “${scope}”`,
    claim: (claim: string) => `see this about you: ${claim}`,
    resource: (resource: string) => `act for you at ${resource}`,
    toHost: (host: string) => `You go on to ${host}.`,
    toDevice: 'You go on to a program on this device.',
    withdraw: 'You can remove its access on your account page at any time.',
    homepage: 'Its website',
    policy: 'Its privacy policy',
    terms: 'Its terms',
    allow: 'Allow',
    deny: 'Do not allow',
  },

  device: {
    title: 'Connect a device',
    code: 'Code on the device',
    codeHint: 'Eight letters. Upper or lower case, with or without the hyphen.',
    submit: 'Continue',
    confirmTitle: (client: string) => `Connect ${client}?`,
    warning:
      'Go on only if you started this yourself and your device shows this code. Nobody who calls or writes to you needs it.',
    allow: 'Connect',
    approved: 'The device is connected. You can go back to it.',
    denied: 'The device was not connected.',
  },

  account: {
    title: 'Your account',
    signedInAs: (username: string) => `Signed in as ${username}`,
    devices: 'Where you are signed in',
    devicesLead: 'If you do not recognise one, sign it out and change your password.',
    thisBrowser: 'This browser',
    browser: 'Browser',
    app: (client: string) => `App: ${client}`,
    firstParty: 'App',
    unknownDevice: 'Unknown device',
    onSystem: (browser: string, system: string) => `${browser} on ${system}`,
    lastUsed: 'Last used',
    end: 'Sign out',
    endOf: (device: string) => `Sign out: ${device}`,
    endEverywhere: 'Sign out everywhere',
    endEverywhereLead: 'Ends every sign-in of this list, this browser too.',
    access: 'Apps with access',
    accessLead: 'They may use your account until you remove their access.',
    accessSince: 'Allowed',
    withdraw: 'Remove access',
    withdrawOf: (client: string) => `Remove access: ${client}`,
    withdrawn: 'That app has no access any more.',
    password: 'Password',
    passwordLead: 'All your other devices are signed out when you change it.',
    changePassword: 'Change password',
    signOut: 'Sign out',
    ended: 'That device is signed out.',
    passwordChanged: 'Your password is changed. Your other devices are signed out.',
  },

  changePassword: {
    title: 'Change password',
    lead: 'All your other devices are signed out.',
    submit: 'Change password',
    cancel: 'Cancel',
  },

  signOut: {
    title: 'Sign out?',
    lead: (username: string) => `You are signed in here as ${username}.`,
    submit: 'Sign out',
    cancel: 'Stay signed in',
  },

  signedOut: {
    title: 'You are signed out',
    lead: 'You can close this page.',
    toSignIn: 'Sign in again',
    goingOn: 'The applications that you were signed in to are being told.',
    goOn: 'Continue',
  },

  formPost: {
    title: 'Almost there',
    lead: (host: string) =>
      host === '' ? 'You go back to the application.' : `You go on to ${host}.`,
    submit: 'Continue',
  },

  leave: {
    title: 'Leave this page?',
    notDone: 'The application that sent you here did not get what it asked for.',
    toHost: (host: string) =>
      `This leads to an application that the operator of this page does not know. Go on only if you trust ${host}; never enter your password there.`,
    toProgram:
      'This leads to a program on this device. Go on only if you have just started it yourself.',
    submit: 'Go on',
  },

  error: {
    title: 'This did not work',
    inTitle: (title: string) => `Error: ${title}`,
    toClient: (client: string) => `Go back to ${client}`,
    toStart: 'Go to your account',
    unexpected: 'Something went wrong here. Try again in a moment.',
    incomplete: 'Fill in every field.',
    requestExpired:
      'This took too long, or it was answered already. Go back to the application and start again.',
    invalidRequest: 'The address or the form is not valid. Go back and start again.',
    formRefused: 'This page was open for too long or came from elsewhere. Please send it again.',
    userCodeUnknown: 'There is no device with this code. Look at the device again.',
    notFound: 'There is no page at this address.',
    invalidCredentials: 'The user name or the password is wrong.',
    wrongPassword: 'The current password is wrong.',
    usernameTaken: 'This user name is taken.',
    busy: 'The server is busy. Try again in a moment.',
    tooManyAttempts: (seconds: number) =>
      seconds === 1
        ? 'Too many attempts. Try again in a second.'
        : `Too many attempts. Try again in ${seconds} seconds.`,
  },

  usernameRefusals: {
    empty: 'Choose a user name.',
    too_long: 'A user name has at most 64 characters.',
    malformed_text: 'This user name is not well-formed text.',
    invisible_character: 'A user name cannot hold invisible characters.',
    white_space: 'Inside a user name only single plain spaces are allowed.',
    stray_mark: 'A user name cannot begin with a combining mark.',
    no_letter_or_digit: 'A user name needs at least one letter or digit.',
  },

  passwordRefusals: {
    too_short: 'A password has at least 8 characters.',
    too_long: 'A password has at most 256 characters.',
    malformed_text: 'This password is not well-formed text.',
    contains_username: 'This password holds your user name. Leave your name out of it.',
    too_common:
      'Many people use this password, so it is the first to be tried. Use four or more words that do not belong together.',
    guessable:
      'This password is easy to guess. Use four or more words that do not belong together.',
  },
}
