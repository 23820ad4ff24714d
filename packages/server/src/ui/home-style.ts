/** The style of `/`. The pages of the console share its colours. */
export const homeStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#faf8f3, #15130f);
  --sheet: light-dark(#ffffff, #1e1b16);
  --ink: light-dark(#211d16, #efe9dd);
  --quiet: light-dark(#655c4d, #b3a994);
  --line: light-dark(#e3dccd, #393329);
  --bronze: light-dark(#865611, #e2ae55);
}
* { box-sizing: border-box }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, 'Segoe UI', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', sans-serif;
  word-break: keep-all;
  overflow-wrap: anywhere;
}
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem }
header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; justify-content: space-between }
a { color: inherit }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--bronze); outline-offset: 3px; border-radius: .25rem }
.name { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; font-weight: 700; letter-spacing: .01em; text-decoration: none }
.logo { max-width: 10rem; object-fit: contain }
.mark { width: 1.9rem; height: 1.9rem; fill: var(--bronze) }
.mark .engraved { fill: none; stroke: var(--paper); stroke-width: 3.5; stroke-linejoin: round; stroke-linecap: round }
nav { display: flex; gap: .25rem }
nav a { padding: .35rem .7rem; border-radius: 2rem; text-decoration: none; color: var(--quiet); font-size: .875rem }
nav a:hover { color: var(--ink); text-decoration: underline }
nav a[aria-current] { color: var(--ink); background: var(--sheet); box-shadow: inset 0 0 0 1px var(--line) }
h1 { font-size: clamp(1.75rem, 5vw, 2.75rem); line-height: 1.2; letter-spacing: -.02em; margin: 2.5rem 0 .75rem; text-wrap: balance }
h2 { font-size: .875rem; text-transform: uppercase; letter-spacing: .08em; color: var(--quiet); margin: 2.5rem 0 .75rem }
.lead { font-size: 1.125rem; max-width: 46rem; margin: 0; color: var(--quiet); text-wrap: pretty }
.issuer { margin: 1.5rem 0 0; font-size: .9375rem }
.issuer span { color: var(--quiet); margin-right: .5rem }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .875em }
ul { list-style: none; margin: 0; padding: 0 }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem }
.cards a {
  display: grid; grid-template-rows: auto 1fr auto; gap: .35rem; height: 100%; padding: 1.25rem 1.35rem; text-decoration: none;
  background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem;
}
.cards a:hover { border-color: var(--bronze) }
.cards strong { font-size: 1.1875rem }
.cards span { color: var(--quiet) }
.cards code { color: var(--bronze); padding-top: .5rem }
.rows { background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem }
.rows li { display: grid; grid-template-columns: minmax(0, 20rem) 1fr; gap: .25rem 1.5rem; padding: .8rem 1.35rem }
.rows li + li { border-top: 1px solid var(--line) }
.rows span { color: var(--quiet) }
.rows strong { color: var(--ink) }
pre { overflow-x: auto; margin: .75rem 0 3rem; padding: 1.1rem 1.35rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .875rem }
@media (max-width: 40rem) { .rows li { grid-template-columns: 1fr } }
`
