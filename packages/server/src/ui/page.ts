import type { Answer } from '../http/route.ts'
import type { Language } from './language.ts'

export interface Page {
  readonly language: Language
  readonly title: string
  /** Addresses of the style sheet and, where there is one, of the icon and the script. */
  readonly style: string
  readonly icon?: string
  readonly script?: string
  /** Facts for the script, by name. */
  readonly facts?: Readonly<Record<string, string>>
  /** Trusted markup: what comes from outside goes through `escapeHtml` first. */
  readonly body: string
  /** What scripts of the page may call; by default nothing. */
  readonly connect?: string
}

/** A whole document, with a policy that allows what the page names and nothing else. */
export function pageAnswer(page: Page): Answer {
  const { language, title, style, icon, script, facts = {}, body } = page
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    ...Object.entries(facts).map(
      ([name, content]) => `<meta name="mapae-${name}" content="${escapeHtml(content)}">`,
    ),
    `<title>${escapeHtml(title)}</title>`,
    ...(icon === undefined ? [] : [`<link rel="icon" href="${icon}" type="image/svg+xml">`]),
    `<link rel="stylesheet" href="${style}">`,
    ...(script === undefined ? [] : [`<script type="module" src="${script}"></script>`]),
  ]
  return {
    status: 200,
    html: `<!doctype html>\n<html lang="${language}"><head>${head.join('')}</head><body>${body}</body></html>\n`,
    headers: pageHeaders(page.connect),
  }
}

/** Spec: CSP Level 3, Trusted Types, HTML on cross-origin isolation. */
function pageHeaders(connect = "'none'"): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src ${connect}`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    Vary: 'Accept-Language, Cookie',
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}
