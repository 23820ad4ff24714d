/** The pages that run in the browser, ready to deliver; names carry a hash of the content. */
export interface ConsoleFiles {
  /** Names of the files of each page. */
  readonly pages: Readonly<Record<string, { readonly script: string; readonly style: string }>>
  readonly icon: string
  readonly docsStyle: string
  /** The pages of the documentation as they are written, by language and name. */
  readonly docs: Readonly<Record<'en' | 'ko', Readonly<Record<string, string>>>>
  readonly texts: Readonly<Record<string, string>>
}
