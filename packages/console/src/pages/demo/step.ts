import type { Signal } from '@preact/signals'

import { send, type Answer, type Exchange, type Outgoing } from '../exchange.ts'
import type { Text } from '../language.ts'
import { readTokenPair, type TokenPair } from './tokens.ts'

/** Something that happens in front of the visitor. */
export interface Step {
  readonly title: Text
  readonly exchange: Exchange | null
  readonly state: 'running' | 'waiting' | 'done' | 'failed'
  /** What it means, once it is known. */
  readonly meaning: Text | null
}

/** A list of steps that grows while the visitor watches. */
export interface Story {
  /** Sends a request as a step. `expect`: the status with which the step is as it should be. */
  send(
    title: Text,
    outgoing: Outgoing,
    expect: number,
    meaning: Text | ((json: Readonly<Record<string, unknown>>) => Text),
  ): Promise<{ readonly answer: Answer; readonly json: Record<string, unknown> }>
  /** A step without a request; returns how to finish it. */
  wait(title: Text): (meaning: Text) => void
}

/** Thrown when a step does not end as it should; the step says so itself. */
export class StoryEnd extends Error {}

export function createStory(steps: Signal<readonly Step[]>): Story {
  const add = (step: Step): ((changes: Partial<Step>) => void) => {
    const index = steps.value.length
    steps.value = [...steps.value, step]
    return (changes) => {
      steps.value = steps.value.map((one, at) => (at === index ? { ...one, ...changes } : one))
    }
  }
  return {
    async send(title, outgoing, expect, meaning) {
      const change = add({ title, exchange: null, state: 'running', meaning: null })
      try {
        const result = await send(outgoing, (exchange) => change({ exchange }))
        const isAsExpected = result.answer.status === expect
        const said = typeof meaning === 'function' ? meaning(result.json) : meaning
        change({
          state: isAsExpected ? 'done' : 'failed',
          meaning: isAsExpected ? said : unexpected(result.answer.status, result.json),
        })
        if (!isAsExpected) throw new StoryEnd()
        return result
      } catch (error) {
        if (error instanceof StoryEnd) throw error
        change({ state: 'failed', meaning: unreachable })
        throw new StoryEnd(undefined, { cause: error })
      }
    },
    wait(title) {
      const change = add({ title, exchange: null, state: 'waiting', meaning: null })
      return (meaning) => change({ state: 'done', meaning })
    },
  }
}

const unreachable: Text = {
  en: 'The server does not answer. Is it still running?',
  ko: '서버가 응답하지 않습니다. 아직 실행 중인가요?',
}

function unexpected(status: number, json: Readonly<Record<string, unknown>>): Text {
  const reason = typeof json['title'] === 'string' ? json['title'] : ''
  return {
    en: `The server answered ${status}. ${reason}`,
    ko: `서버가 ${status}로 응답했습니다. ${reason}`,
  }
}

/** Asks for this start's password of the guest, and shows that. */
export async function askForGuest(story: Story): Promise<Record<string, unknown>> {
  const { json } = await story.send(
    { en: 'Ask for the guest’s password', ko: '게스트 비밀번호 받기' },
    GUEST,
    200,
    {
      en: 'Made for this start of the server and kept in its memory only.',
      ko: '서버를 시작할 때 새로 만들고 메모리에만 두는 비밀번호입니다.',
    },
  )
  return json
}

/** Signs in as anybody would; the password is asked for beforehand unless it is given. */
export async function signInAsGuest(
  story: Story,
  credentials?: Readonly<Record<string, unknown>>,
): Promise<TokenPair> {
  const { json } = await story.send(
    { en: 'Sign in', ko: '로그인' },
    {
      method: 'POST',
      path: '/v1/login',
      json: credentials ?? (await send(GUEST, () => {})).json,
    },
    200,
    {
      en: 'The password is checked once. From here on it is not needed any more.',
      ko: '비밀번호는 여기서 한 번만 확인합니다. 이후로는 필요하지 않습니다.',
    },
  )
  return readTokenPair(json)
}

const GUEST = { method: 'POST', path: '/demo/guest', json: {} } as const
export const API_PATH = '/demo/api/orders'
