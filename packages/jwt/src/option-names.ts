import { OptionError } from './errors.ts'

/** @internal A misspelt option would otherwise be a check that silently does not happen. */
export function checkOptionNames(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null) throw new OptionError('option_invalid', what)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new OptionError('option_unknown', name)
  }
}
