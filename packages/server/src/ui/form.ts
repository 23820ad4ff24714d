import type { MapaeError } from '../domain/errors.ts'
import { errorText } from './error-text.ts'
import { html, type Html, type Part } from './html.ts'
import { texts } from './texts/texts.ts'
import type { Visit } from './visit.ts'

/** A form of a page: sent to where it is shown unless `action` says otherwise. */
export function form(
  { visit, here }: { readonly visit: Visit; readonly here: string },
  fields: Part,
  action: string = here,
): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="form_token" value="${visit.formToken}" />
    ${fields}
  </form>`
}

/**
 * Why the form came back. What is there when a page opens is not read out by itself: a field that
 * has the focus is described by it, and where there is none it takes the focus.
 */
export function problem(
  error: MapaeError | null,
  visit: Visit,
  isFocused: boolean = false,
): Html | null {
  if (error === null) return null
  const text = errorText(error, texts[visit.language])
  return html`<p class="notice problem" id="problem" role="alert" ${isFocused ? FOCUSED : null}>
    ${text}
  </p>`
}

/** That something was done. */
export function done(text: string | null): Html | null {
  return text === null ? null : html`<p class="notice done" role="status" ${FOCUSED}>${text}</p>`
}

const FOCUSED = html`tabindex="-1" autofocus`

export interface UsernameField {
  readonly visit: Visit
  readonly value: string
  readonly hint: string | null
  /** Whether the form came back. */
  readonly hasProblem: boolean
  readonly isFocused: boolean
  readonly isWrong: boolean
}

export function describedBy(ids: readonly (string | null)[]): Html | null {
  const list = ids.filter((id) => id !== null)
  return list.length === 0 ? null : html` aria-describedby="${list.join(' ')}"`
}

/** What describes a field that is wrong, or that the reader comes to first. */
export function problemOf(field: {
  readonly hasProblem: boolean
  readonly isFocused: boolean
  readonly isWrong: boolean
}): 'problem' | null {
  return field.isWrong || (field.isFocused && field.hasProblem) ? 'problem' : null
}

/** Boolean attributes of a field. */
export function states({ isFocused, isWrong }: { isFocused: boolean; isWrong: boolean }): Html {
  return html`${isWrong ? html` aria-invalid="true"` : null}${isFocused ? html` autofocus` : null}`
}

export function usernameField(field: UsernameField): Html {
  const { value, hint } = field
  const { fields } = texts[field.visit.language]
  const described = describedBy([problemOf(field), hint && 'username-hint'])
  return html`<div class="field">
    <label for="username">${fields.username}</label>
    <input
      id="username"
      name="username"
      type="text"
      value="${value}"
      maxlength="256"
      required
      autocomplete="username"
      autocapitalize="none"
      autocorrect="off"
      spellcheck="false"
      ${described}${states(field)}
    />
    ${hint === null ? null : html`<p class="hint" id="username-hint">${hint}</p>`}
  </div>`
}

export interface PasswordField {
  readonly visit: Visit
  readonly name: 'password' | 'current_password' | 'new_password'
  readonly label: string
  readonly autocomplete: 'current-password' | 'new-password'
  readonly hint: string | null
  readonly hasProblem: boolean
  readonly isFocused: boolean
  readonly isWrong: boolean
}

/** With a button that shows it, and what is said about the keyboard, for whoever has scripts. */
export function passwordField(field: PasswordField): Html {
  const { name, label, autocomplete, hint } = field
  const { fields } = texts[field.visit.language]
  const described = describedBy([
    problemOf(field),
    hint && `${name}-hint`,
    `${name}-caps`,
    `${name}-hangul`,
  ])
  const length = autocomplete === 'new-password' ? html` minlength="8"` : null
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <div class="password">
      <input
        id="${name}"
        name="${name}"
        type="password"
        maxlength="1024"
        ${length}
        required
        autocomplete="${autocomplete}"
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        ${described}${states(field)}
      />
      <button
        type="button"
        class="reveal"
        data-reveal="${name}"
        data-show="${fields.show}"
        data-hide="${fields.hide}"
        data-show-label="${fields.showPassword}"
        data-hide-label="${fields.hidePassword}"
        aria-label="${fields.showPassword}"
        hidden
      >
        ${fields.show}
      </button>
    </div>
    ${hint === null ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    <p
      class="keyboard"
      id="${name}-caps"
      data-caps="${name}"
      role="status"
      data-text="${fields.capsLock}"
    ></p>
    <p
      class="keyboard"
      id="${name}-hangul"
      data-hangul="${name}"
      role="status"
      data-text="${fields.hangul}"
    ></p>
  </div>`
}
