// What the pages do more where scripts run. Nothing here is needed: every form works without it.

/** @param {string} selector */
const all = (selector) => [...document.querySelectorAll(selector)]

for (const button of all('[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal)
  const show = (isShown) => {
    input.type = isShown ? 'text' : 'password'
    button.textContent = isShown ? button.dataset.hide : button.dataset.show
    button.ariaLabel = isShown ? button.dataset.hideLabel : button.dataset.showLabel
  }
  button.hidden = false
  button.addEventListener('click', () => {
    show(input.type === 'password')
    input.focus()
  })
  // A password that is shown must not be kept as a text that somebody typed before.
  input.form.addEventListener('submit', () => show(false))
}

/** Says it, or takes it back. Screen readers read what appears. */
const tell = (note, isSo) => {
  const text = isSo ? note.dataset.text : ''
  if (note.textContent !== text) note.textContent = text
}

for (const note of all('[data-caps]')) {
  const input = document.getElementById(note.dataset.caps)
  const look = (event) => tell(note, event.getModifierState?.('CapsLock') === true)
  for (const type of ['keydown', 'keyup', 'mousedown']) input.addEventListener(type, look)
  input.addEventListener('blur', () => tell(note, false))
}

const HANGUL = /\p{Script=Hangul}/u

for (const note of all('[data-hangul]')) {
  const input = document.getElementById(note.dataset.hangul)
  let isHangulKey = false
  const look = () => tell(note, isHangulKey || HANGUL.test(input.value))
  input.addEventListener('keydown', ({ key }) => {
    // Keys such as Shift say nothing of the language.
    if (key.length === 1) isHangulKey = HANGUL.test(key)
    look()
  })
  input.addEventListener('input', look)
  input.addEventListener('blur', () => tell(note, false))
}

for (const time of all('time')) {
  const format = { dateStyle: 'medium', timeStyle: 'short' }
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, format)
}

// A second click would send the form a second time.
const RESEND_MILLISECONDS = 10_000
for (const form of all('form')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent === 'yes') event.preventDefault()
    form.dataset.sent = 'yes'
    setTimeout(() => delete form.dataset.sent, RESEND_MILLISECONDS)
  })
  addEventListener('pageshow', () => delete form.dataset.sent)
}

// It holds all that it needs.
for (const form of all('form[data-send]')) form.requestSubmit()
