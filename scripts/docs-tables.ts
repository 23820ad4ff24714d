import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { resolveConfig } from '../packages/server/src/cli/config.ts'
import { errorTable } from '../packages/server/src/domain/errors.ts'
import { eventCatalogue } from '../packages/server/src/domain/event.ts'
import { createMapae } from '../packages/server/src/main.ts'
import { authorizationErrorTable } from '../packages/server/src/oauth/authorize/authorization-error.ts'
import { readSettings, settingTable } from '../packages/server/src/settings.ts'
import {
  koreanAuthorizationErrors,
  koreanCalls,
  koreanErrors,
  koreanEvents,
  koreanSettings,
} from './docs-korean.ts'

export type Language = 'en' | 'ko'
type Row = readonly string[]

/** The tables that pages of the documentation hold between markers, by the name in the marker. */
export interface DocsTables {
  readonly settings: string
  readonly errors: string
  readonly authorization_errors: string
  readonly events: string
  readonly calls: string
}

/** Makes the tables from what the program itself goes by. */
export async function makeTables(language: Language): Promise<DocsTables> {
  return {
    settings: table(settingRows(language)),
    errors: table(errorRows(language)),
    authorization_errors: table(authorizationErrorRows(language)),
    events: table(eventRows(language)),
    calls: table(await callRows(language)),
  }
}

/** Puts the tables where the page wants them: `<!-- table: NAME -->` … `<!-- end of table -->`. */
export function fillPage(text: string, tables: DocsTables): string {
  const places = /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end of table -->)/g
  return text.replaceAll(places, (_, start: string, name: string, end: string) => {
    const made = tables[name as keyof DocsTables] as string | undefined
    if (made === undefined) throw new Error(`There is no table ${name}.`)
    return `${start}\n${made}\n${end}`
  })
}

function settingRows(language: Language): Row[] {
  const heading = { en: ['Variable', 'Meaning', 'Default'], ko: ['변수', '의미', '기본값'] }
  const rows = Object.entries(settingTable).map(([name, { variable, meaning, fallback }]) => [
    code(variable),
    language === 'en' ? meaning : korean(koreanSettings, name),
    fallback === '' ? '' : code(fallback),
  ])
  return [heading[language], ...rows]
}

function errorRows(language: Language): Row[] {
  const heading = { en: ['Code', 'Status', 'Title'], ko: ['코드', '상태', 'title', '의미'] }
  const rows = Object.entries(errorTable).map(([name, { status, title }]) => [
    code(name),
    String(status),
    title,
    ...(language === 'en' ? [] : [korean(koreanErrors, name)]),
  ])
  return [heading[language], ...rows]
}

function authorizationErrorRows(language: Language): Row[] {
  const heading = { en: ['error', 'error_description'], ko: ['error', 'error_description', '의미'] }
  const rows = Object.entries(authorizationErrorTable).map(([name, description]) => [
    code(name),
    description,
    ...(language === 'en' ? [] : [korean(koreanAuthorizationErrors, name)]),
  ])
  return [heading[language], ...rows]
}

function eventRows(language: Language): Row[] {
  const heading = { en: ['Event', 'Written when'], ko: ['이벤트', '기록하는 때'] }
  const rows = Object.entries(eventCatalogue).map(([name, meaning]) => [
    code(name),
    language === 'en' ? meaning : korean(koreanEvents, name),
  ])
  return [heading[language], ...rows]
}

async function callRows(language: Language): Promise<Row[]> {
  const heading = {
    en: ['Call', 'Does', 'Answers', 'Errors of its own'],
    ko: ['호출', '하는 일', '응답', '고유한 오류'],
  }
  const { paths } = await describeApi()
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, responses }]) => {
      const call = `${method.toUpperCase()} ${path}`
      const statuses = Object.keys(responses)
      const errors = statuses.flatMap((status) => codesOf(responses[status]!.description))
      const own = errors.filter((name) => !ofEveryCall.has(name))
      return [
        code(call),
        language === 'en' ? `${summary}.` : korean(koreanCalls, call),
        statuses.filter((status) => status.startsWith('2')).join(', '),
        own.map(code).join(', '),
      ]
    }),
  )
  return [heading[language], ...rows]
}

/** The page explains these once: those of every body, access token and proof. */
const ofEveryCall = new Set([
  'invalid_request',
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
  'authentication_required',
  'invalid_token',
  'invalid_dpop_proof',
  'use_dpop_nonce',
])

interface ApiDescription {
  readonly paths: Record<string, Record<string, Operation>>
}

interface Operation {
  readonly summary: string
  readonly responses: Record<string, { readonly description: string }>
}

function codesOf(description: string): string[] {
  return [...description.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
}

/** Asks a server on an empty database: the registry of routes needs one to exist. */
async function describeApi(): Promise<ApiDescription> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-docs-'))
  const nothing = () => {}
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const settings = readSettings({ MAPAE_DATA_DIR: folder })
  const mapae = await createMapae(resolveConfig(settings, 'dev', settings.port, logger))
  try {
    const answer = await mapae.fetch(new Request('http://localhost/openapi.json'))
    return (await answer.json()) as ApiDescription
  } finally {
    await mapae.close()
    rmSync(folder, { recursive: true })
  }
}

function korean(meanings: Readonly<Record<string, string>>, name: string): string {
  const meaning = meanings[name]
  if (meaning === undefined) throw new Error(`scripts/docs-korean.ts has no Korean for ${name}.`)
  return meaning
}

function code(text: string): string {
  return `\`${text}\``
}

/** A Markdown table with aligned columns, as the formatter writes it. */
function table(rows: readonly Row[]): string {
  const [heading, ...body] = rows as [Row, ...Row[]]
  const widths = heading.map((_, column) => Math.max(3, ...rows.map((row) => width(row[column]!))))
  const line = (row: Row) =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell))).join(' | ')} |\n`
  const rule = widths.map((columns) => '-'.repeat(columns))
  return [heading, rule, ...body].map(line).join('')
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g

/** Columns in a fixed-width font: Hangul takes two. */
function width(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0)
}
