import type { Exchange } from './exchange.ts'
import { say } from './language.ts'
import { ShortToken } from './token-text.tsx'

const TOKEN = /(eyJ[\w-]*\.[\w-]+\.[\w-]*)/
/** Of an answer only these say something here. */
const TELLING = new Set([
  'content-type',
  'cache-control',
  'www-authenticate',
  'retry-after',
  'x-demo-queries',
])

/** The raw HTTP of both directions. */
export function RawHttp({ exchange }: { exchange: Exchange }) {
  const { method, path, headers, body, answer } = exchange
  return (
    <div class="raw">
      <Message
        label={say({ en: 'Request', ko: '요청' })}
        first={`${method} ${path} HTTP/1.1`}
        headers={headers}
        body={body}
      />
      {answer === null && <p class="quiet">…</p>}
      {answer === 'lost' && (
        <p class="lost">
          {say({ en: 'The answer never arrives.', ko: '응답이 도착하지 않습니다.' })}
        </p>
      )}
      {answer !== null && answer !== 'lost' && (
        <Message
          label={say({ en: 'Answer', ko: '응답' })}
          first={`HTTP/1.1 ${answer.status} ${answer.statusText}`}
          headers={answer.headers.filter(([name]) => TELLING.has(name))}
          body={answer.body}
        />
      )}
    </div>
  )
}

interface MessageParts {
  readonly label: string
  readonly first: string
  readonly headers: Exchange['headers']
  readonly body: string | null
}

function Message({ label, first, headers, body }: MessageParts) {
  return (
    <figure>
      <figcaption>{label}</figcaption>
      <pre tabIndex={0} aria-label={label}>
        <code>
          <b>{first}</b>
          {'\n'}
          {headers.map(([name, value]) => (
            <>
              <span class="field">{titleCase(name)}</span>: <WithTokens text={value} />
              {'\n'}
            </>
          ))}
          {body === null || body === '' ? '' : <WithTokens text={`\n${indented(body)}`} />}
        </code>
      </pre>
    </figure>
  )
}

function WithTokens({ text }: { text: string }) {
  return (
    <>
      {text
        .split(TOKEN)
        .map((piece, index) => (index % 2 === 1 ? <ShortToken token={piece} /> : piece))}
    </>
  )
}

function titleCase(name: string): string {
  return name.replaceAll(/(^|-)\w/g, (letter) => letter.toUpperCase())
}

function indented(body: string): string {
  return body.startsWith('{') ? JSON.stringify(JSON.parse(body), null, 2) : body
}
