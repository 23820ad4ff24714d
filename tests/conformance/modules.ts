import { readFileSync } from 'node:fs'

/**
 * A module of a test plan of the OpenID Foundation: the test here that shows the same, or why there is
 * none: the suite would leave it out for a server like this one, or it would fail.
 */
export interface Module {
  readonly plan: string
  readonly module: string
  readonly file?: string
  readonly test?: string
  readonly notApplicable?: string
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
  const notApplicable = modules.filter((one) => one.notApplicable !== undefined).length
  const not = modules.filter((one) => one.notCovered !== undefined).length
  const covered = modules.length - notApplicable - not
  const apart = notApplicable === 0 ? '' : `${notApplicable} do not apply, `
  return `${covered} of ${modules.length} covered, ${apart}${not} not`
}

const BEGINNING = `# Modules of the OpenID Foundation, and the tests here

The Foundation certifies servers by its own suite, in plans of modules. **This is not a run of that suite.** It
is our reading of its modules: beside each is the test in this repository that shows the same, with a real
server, or why there is none. A module that **does not apply** is one that the suite itself leaves out or skips
for a server like this one; one that is **not covered** would fail. The suite may ask more than we read.

What a run needs: clients whose settings fit the plan ([why](../../docs/adr/0050-what-certificates-ask.md)).

- basic, logout: \`--may-omit-pkce --accept-injectable-codes\`, since its modules send no PKCE and one no nonce
- FAPI 2.0: \`--require-par --require-dpop --assertion-algorithm PS256 --require-issuer-audience
  --id-token-algorithm ES256\`
- dynamic: out of reach, on purpose

Where it would only warn: users have no \`name\` and few of the other claims of \`profile\`.

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

function lineOf({ module, file, test, notApplicable, notCovered }: Module): string {
  if (notApplicable !== undefined) return `- \`${module}\`: **does not apply**: ${notApplicable}`
  if (notCovered !== undefined) return `- \`${module}\`: **not covered**: ${notCovered}`
  const link = `[${file}](../../${file})`
  return `- \`${module}\`: ${link}: ${test!.replaceAll(/[_*<>]/g, String.raw`\$&`)}`
}
