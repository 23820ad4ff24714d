import { API_PATH, signInAsGuest } from '../demo/step.ts'
import { duration } from '../language.ts'
import type { Experiment } from './experiment.ts'
import { exchange } from './refresh.ts'

const JWKS = { method: 'GET', path: '/.well-known/jwks.json' } as const

function keyIds(json: Readonly<Record<string, unknown>>): string[] {
  return (json['keys'] as { kid: string; alg: string }[])
    .filter(({ alg }) => alg === 'ES256')
    .map(({ kid }) => kid)
}

export const rotateKey: Experiment = {
  id: 'rotate',
  title: { en: 'Rotate the signing key', ko: '서명 키 교체하기' },
  claim: {
    en: 'The next key is published long before it signs, and the old one verifies long after.',
    ko: '다음 키는 서명하기 한참 전에 공개되고, 이전 키는 그 뒤로도 한참 검증에 쓰입니다.',
  },
  rule: { page: 'signing-keys', heading: 2 },
  async run(story, stage) {
    const { accessToken, refreshToken } = await signInAsGuest(story)
    const { json: rotation } = await story.send(
      { en: 'Rotate, as an operator does', ko: '운영자처럼 키 교체' },
      { method: 'POST', path: '/demo/rotate-key', json: {} },
      200,
      (json) => {
        const left = duration(Number(json['signs_from']) - Date.now() / 1000)
        const isNew = json['is_new'] === true
        return {
          en: `${isNew ? 'Published now' : 'Waiting already'}: key ${String(json['kid'])} signs in ${left.en}, when no verifier can be without it.`,
          ko: `${isNew ? '지금 공개했습니다.' : '이미 기다리는 키가 있습니다.'} ${String(json['kid'])} 키는 모든 검증기가 알게 되는 ${left.ko} 뒤부터 서명합니다.`,
        }
      },
    )
    const { json: keys } = await story.send(
      { en: 'What verifiers fetch now', ko: '검증기가 받아 가는 키' },
      JWKS,
      200,
      (json) => ({
        en: `Both are there: ${keyIds(json).join(', ')}.`,
        ko: `둘 다 있습니다: ${keyIds(json).join(', ')}.`,
      }),
    )
    if (!keyIds(keys).includes(String(rotation['kid'])) || keyIds(keys).length < 2) {
      stage.fail({ en: 'A key is missing.', ko: '키가 빠져 있습니다.' })
    }
    const works = { en: 'Works.', ko: '동작합니다.' }
    const call = { method: 'GET', path: API_PATH } as const
    await story.send(
      { en: 'The token from before', ko: '교체 전 토큰' },
      { ...call, accessToken },
      200,
      works,
    )
    const next = await exchange(
      story,
      { en: 'Renew', ko: '갱신' },
      refreshToken,
      crypto.randomUUID(),
      works,
    )
    await story.send(
      { en: 'The token from after', ko: '교체 후 토큰' },
      { ...call, accessToken: next.accessToken },
      200,
      works,
    )
    return {
      en: 'Nothing breaks: no caller and no API noticed.',
      ko: '아무것도 깨지지 않습니다. 호출하는 쪽도 API도 알아채지 못했습니다.',
    }
  },
}
