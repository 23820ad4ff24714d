import type { Configuration } from './model.ts'

/** Two tabs and one reload, ten seconds of grace, requests that take five seconds at most. */
const twoTabs: Configuration = {
  name: 'two tabs without keys',
  keys: 'none',
  bound: false,
  commits: 'newer',
  thief: 'none',
  logout: true,
  graceSeconds: 10,
  stepSeconds: 5,
  timeoutSteps: 1,
  restSteps: 2,
  quietAtGraceEnd: true,
  tabs: 2,
  orphans: 1,
}

/** A request may take nine seconds, one less than the grace. */
const patience = { stepSeconds: 3, timeoutSteps: 3, restSteps: 4 }
const withKeys = { keys: 'shared', quietAtGraceEnd: false } as const
const bound = { bound: true, quietAtGraceEnd: false } as const
const thief = { thief: 'token', logout: false, orphans: 0 } as const

export const configurations = {
  withoutKeys: twoTabs,
  withCookie: { ...twoTabs, commits: 'last', name: 'two tabs with a cookie' },
  withKeys: { ...twoTabs, ...withKeys, name: 'two tabs with keys' },
  patientWithoutKeys: { ...twoTabs, ...patience, orphans: 0, name: 'patient tabs without keys' },
  patientWithKeys: { ...twoTabs, ...withKeys, ...patience, name: 'patient tabs with keys' },
  thiefWithoutKeys: {
    ...twoTabs,
    ...thief,
    stepSeconds: 6,
    name: 'two tabs without keys and a thief',
  },
  thiefWithKeys: {
    ...twoTabs,
    ...withKeys,
    ...thief,
    stepSeconds: 6,
    name: 'two tabs with keys and a thief',
  },
  oneTabThiefWithoutKeys: {
    ...twoTabs,
    ...thief,
    logout: true,
    tabs: 1,
    name: 'one tab without keys and a thief',
  },
  oneTabThiefWithKeys: {
    ...twoTabs,
    ...withKeys,
    ...thief,
    logout: true,
    tabs: 1,
    name: 'one tab with keys and a thief',
  },
  thiefOfStorage: {
    ...twoTabs,
    ...withKeys,
    ...thief,
    thief: 'storage',
    logout: true,
    tabs: 1,
    name: 'one tab with keys and a thief who copied the key too',
  },
  bound: { ...twoTabs, ...bound, name: 'two bound tabs' },
  boundWithCookie: { ...twoTabs, ...bound, commits: 'last', name: 'two bound tabs with a cookie' },
  boundWithKeys: { ...twoTabs, ...bound, keys: 'unshared', name: 'two bound tabs with their keys' },
  patientBound: { ...twoTabs, ...bound, ...patience, orphans: 0, name: 'patient bound tabs' },
  boundThief: {
    ...twoTabs,
    ...bound,
    ...thief,
    stepSeconds: 6,
    name: 'two bound tabs and a thief',
  },
  boundThiefOfStorage: {
    ...twoTabs,
    ...bound,
    ...thief,
    keys: 'shared',
    thief: 'storage',
    logout: true,
    tabs: 1,
    name: 'one bound tab with keys and a thief who copied the key of the attempt too',
  },
} as const satisfies Record<string, Configuration>

/** Each takes one care from the client, and that is enough to sign an honest user out. */
export const carelessness = {
  'a token a moment old is exchanged again, overtaking a slow request': {
    ...configurations.withKeys,
    restSteps: 0,
  },
  'the same of a bound session': { ...configurations.bound, restSteps: 0 },
  'two tabs send keys of their own for one token': {
    ...configurations.withKeys,
    keys: 'unshared',
  },
  'without keys, a request is on its way while the grace ends': {
    ...configurations.withoutKeys,
    quietAtGraceEnd: false,
  },
} as const satisfies Record<string, Configuration>
