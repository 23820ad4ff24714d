import { Steps } from '../demo/steps-view.tsx'
import { language, say } from '../language.ts'
import { Sign } from '../sign.tsx'
import { changePayload } from './change-payload.tsx'
import { compare } from './compare.tsx'
import { makeRunnable, type RunnableExperiment } from './experiment.ts'
import { lose } from './lose.ts'
import { revoke } from './revoke.ts'
import { rotateKey } from './rotate-key.ts'
import { steal } from './steal.ts'

const experiments = [changePayload, steal, lose, revoke, rotateKey, compare].map(makeRunnable)

/** Things to try to break, each with its rule. */
export function Playground() {
  return (
    <section aria-labelledby="playground-title">
      <h2 id="playground-title" class="big">
        {say({ en: 'Now try to break it', ko: '이제 깨뜨려 보세요' })}
      </h2>
      <p class="lead">
        {say({
          en: 'Each of these signs in afresh, does something bad for real, and must end as it says.',
          ko: '각 실험은 새로 로그인하여 나쁜 일을 실제로 하고, 적힌 대로 끝나야 합니다.',
        })}
      </p>
      <div class="experiments">
        {experiments.map((experiment) => (
          <ExperimentCard key={experiment.id} experiment={experiment} />
        ))}
      </div>
    </section>
  )
}

function ExperimentCard({ experiment }: { experiment: RunnableExperiment }) {
  const { id, title, claim, rule, picture: Picture } = experiment
  const { state, steps, verdict } = experiment.trial.value
  const isBusy = state === 'running'
  const anchor = rule.heading === undefined ? '' : `#h${rule.heading}`
  return (
    <article
      class={`sheet experiment ${steps.length > 0 ? 'open' : ''}`}
      aria-labelledby={`title-${id}`}
      data-state={state}
    >
      <div class="experiment-head">
        <h3 id={`title-${id}`}>{say(title)}</h3>
        <p class="quiet">{say(claim)}</p>
      </div>
      <div class="buttons">
        <button
          type="button"
          disabled={isBusy}
          aria-describedby={`title-${id}`}
          onClick={() => void experiment.start()}
        >
          {state === 'ready'
            ? say({ en: 'Try it', ko: '해 보기' })
            : say({ en: 'Once more', ko: '한 번 더' })}
        </button>
        <a href={`/demo/docs/${rule.page}?lang=${language.value}${anchor}`}>
          {say({ en: 'The rule', ko: '규칙' })}
        </a>
      </div>
      <div role="status">
        {verdict !== null && (
          <p class={`outcome ${state}`}>
            <Sign tone={state === 'held' ? 'good' : 'bad'} />
            <span>{say(verdict)}</span>
          </p>
        )}
      </div>
      {steps.length > 0 && (
        <div class="experiment-body">
          <Steps steps={steps} label={say(title)} />
          {Picture !== undefined && <Picture />}
        </div>
      )}
    </article>
  )
}
