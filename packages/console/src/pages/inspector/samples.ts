import type { Text } from '../language.ts'

export interface Sample {
  readonly name: Text
  readonly text: string
}

/** Tokens to look at when none is at hand. None of them opens anything. */
export const samples: readonly Sample[] = [
  {
    // RFC 7515 appendix A.1.
    name: { en: 'From the standard, long expired', ko: '표준 문서의 예 (오래전 만료)' },
    text: 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  },
  {
    name: { en: 'Not signed, with personal data', ko: '서명 없음, 개인정보 포함' },
    text: 'eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJtaW5hIiwibmFtZSI6Ik1pbmEgS2ltIiwiZW1haWwiOiJtaW5hQGV4YW1wbGUuY29tIiwiYWRtaW4iOnRydWUsImV4cCI6NDEwMjQ0NDgwMH0.',
  },
]
