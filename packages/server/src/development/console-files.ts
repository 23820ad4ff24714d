/** The pages that run in the browser, ready to deliver; names carry a hash of the content. */
export interface ConsoleFiles {
  /** Names of the files of each page. */
  readonly pages: Readonly<Record<string, { readonly script: string; readonly style: string }>>
  readonly icon: string
  readonly texts: Readonly<Record<string, string>>
}
