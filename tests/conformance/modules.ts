import { readFileSync } from 'node:fs'

/** A module of a test plan of the OpenID Foundation: the test here that shows the same, or why none. */
export interface Module {
  readonly plan: string
  readonly module: string
  readonly file?: string
  readonly test?: string
  readonly notCovered?: string
}

/** The plans that are listed, in their order. */
export const plans: Readonly<Record<string, string>> = {
  'oidcc-basic-certification-test-plan': 'OpenID Connect: basic',
  'oidcc-config-certification-test-plan': 'OpenID Connect: config',
  'oidcc-dynamic-certification-test-plan': 'OpenID Connect: dynamic',
  'oidcc-rp-initiated-logout-certification-test-plan': 'RP-initiated logout',
  'oidcc-backchannel-rp-initiated-logout-certification-test-plan': 'Back-channel logout',
  'oidcc-frontchannel-rp-initiated-logout-certification-test-plan': 'Front-channel logout',
  'fapi2-security-profile-final-test-plan': 'FAPI 2.0 security profile',
}

export function readModules(): Module[] {
  return readFileSync(new URL('modules.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Module)
}

export function countOf(modules: readonly Module[]): string {
  const covered = modules.filter(({ notCovered }) => notCovered === undefined).length
  return `${covered} of ${modules.length} covered, ${modules.length - covered} not`
}

const BEGINNING = `# Modules of the OpenID Foundation, and the tests here

The Foundation certifies servers by its own suite, in plans of modules. **This is not a run of that suite.** It
is our reading of the names of its modules: beside each is the test in this repository that shows the same,
with a real server, or why there is none. The suite may ask more of a module than its name says.

Its modules send no PKCE, so that its client needs the setting \`mayOmitPkce\` (ADR 0044).

Made from \`modules.jsonl\`: \`node --conditions=mapae-source scripts/conformance-page.ts\`.
`

/** The text of README.md beside this file, as the formatter leaves it alone. */
export function conformancePage(modules: readonly Module[]): string {
  const sections = Object.entries(plans).map(([plan, title]) => {
    const own = modules.filter((one) => one.plan === plan)
    const lines = own.map(lineOf).join('\n')
    return `\n## ${title}\n\n\`${plan}\`: ${countOf(own)}.\n\n${lines}\n`
  })
  return `${BEGINNING}\nAll plans together: ${countOf(modules)}.\n${sections.join('')}`
}

function lineOf({ module, file, test, notCovered }: Module): string {
  if (notCovered !== undefined) return `- \`${module}\`: **not covered**: ${notCovered}`
  const link = `[${file}](../../${file})`
  return `- \`${module}\`: ${link}: ${test!.replaceAll(/[_*<>]/g, String.raw`\$&`)}`
}
