import { RawHttp } from '../exchange-view.tsx'
import { say } from '../language.ts'
import type { Step } from './step.ts'

/** What happened so far, the newest last. */
export function Steps({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <ol class="steps" aria-label={label}>
      {steps.map((step, index) => (
        <StepView key={index} step={step} />
      ))}
    </ol>
  )
}

function StepView({ step: { title, exchange, state, meaning } }: { step: Step }) {
  const answer = exchange?.answer
  const isAnswered = answer !== null && answer !== undefined && answer !== 'lost'
  return (
    <li class={`step ${state}`}>
      <div class="step-head">
        <strong>{say(title)}</strong>
        {exchange !== null && (
          <code class="call">
            {exchange.method} {exchange.path}
          </code>
        )}
        {isAnswered && (
          <span class={`status s${Math.floor(answer.status / 100)}`}>{answer.status}</span>
        )}
        {answer === 'lost' && <span class="status s4">{say({ en: 'lost', ko: '유실' })}</span>}
        {isAnswered && <span class="quiet time">{answer.milliseconds.toFixed(0)} ms</span>}
      </div>
      {meaning !== null && <p>{say(meaning)}</p>}
      {exchange !== null && (
        <details>
          <summary>{say({ en: 'Raw HTTP', ko: 'HTTP 원문' })}</summary>
          <RawHttp exchange={exchange} />
        </details>
      )}
    </li>
  )
}
