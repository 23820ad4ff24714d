import type { Language } from '../language.ts'
import { english, type Texts } from './en.ts'
import { korean } from './ko.ts'

export type { Texts }

export const texts: Readonly<Record<Language, Texts>> = { en: english, ko: korean }
