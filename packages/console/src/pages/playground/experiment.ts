import { signal, type Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

import { createStory, StoryEnd, type Step, type Story } from '../demo/step.ts'
import type { Text } from '../language.ts'

/** Something to try, with what it must end in. */
export interface Experiment {
  readonly id: string
  readonly title: Text
  /** What is claimed. */
  readonly claim: Text
  /** Where the rule stands: a page of the documentation. */
  readonly rule: { readonly page: string; readonly heading?: number }
  /** Does it; returns what was shown. Throws `StoryEnd` when something else happened. */
  run(story: Story, stage: Stage): Promise<Text>
  /** A picture of what happened, beside the steps. */
  readonly picture?: () => ComponentChildren
}

/** What an experiment may do besides sending requests. */
export interface Stage {
  /** The promise of the experiment does not hold: says so and ends it. */
  fail(reason: Text): never
}

export interface Trial {
  readonly state: 'ready' | 'running' | 'held' | 'broken'
  readonly steps: readonly Step[]
  readonly verdict: Text | null
}

export interface RunnableExperiment extends Experiment {
  readonly trial: Signal<Trial>
  start(): Promise<void>
}

class Broken extends StoryEnd {
  readonly reason: Text

  constructor(reason: Text) {
    super()
    this.reason = reason
  }
}

const NOT_AS_PROMISED: Text = {
  en: 'This did not end as promised. The last step says why.',
  ko: '약속과 다르게 끝났습니다. 마지막 단계에 이유가 있습니다.',
}

export function makeRunnable(experiment: Experiment): RunnableExperiment {
  const steps = signal<readonly Step[]>([])
  const trial = signal<Trial>({ state: 'ready', steps: [], verdict: null })
  const change = (changes: Partial<Trial>) => (trial.value = { ...trial.value, ...changes })
  steps.subscribe((list) => change({ steps: list }))
  const stage: Stage = {
    fail(reason) {
      throw new Broken(reason)
    },
  }
  return {
    ...experiment,
    trial,
    async start() {
      if (trial.value.state === 'running') return
      steps.value = []
      change({ state: 'running', verdict: null })
      try {
        change({ verdict: await experiment.run(createStory(steps), stage), state: 'held' })
      } catch (error) {
        const verdict = error instanceof Broken ? error.reason : NOT_AS_PROMISED
        change({ verdict, state: 'broken' })
        if (!(error instanceof StoryEnd)) throw error
      }
    },
  }
}
