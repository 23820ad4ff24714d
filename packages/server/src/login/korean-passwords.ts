import { typeOnLatinKeyboard } from './korean-keyboard.ts'

// Words and phrases that Korean speakers reach for first, roughly the commonest first.
const words =
  `사랑해 사랑 안녕 안녕하세요 비밀번호 패스워드 아이디 비번 로그인 암호 관리자 대한민국 한국 서울
  행복 행복해 사랑합니다 사랑해요 감사합니다 고마워 미안해 우리집 우리가족 가족 엄마
  아빠 엄마아빠 아들 딸 동생 친구 여보 자기야 내사랑 공주 왕자 천사 바보 멍청이 강아지 고양이
  호랑이 토끼 나비 하늘 바다 별 달 태양 구름 무지개 나무 꽃 장미 봄 여름 가을 겨울 희망 소망 믿음
  평화 자유 축복 기쁨 미소 행운 대박 부자 돈 화이팅 파이팅 아자아자 힘내 건강 성공 예수님 하나님
  할렐루야 아멘 부처님 학교 학생 선생님 대학교 회사 컴퓨터 인터넷 네이버 카카오 다음 삼성 현대 게임
  축구 야구 농구 음악 노래 영화 사진 여행 부산 대구 인천 광주 대전 울산 제주 제주도 강남 홍대 김치
  라면 커피 맥주 소주 치킨 피자 떡볶이 가나다라 가나다라마바사 아야어여 ㅁㄴㅇㄹ ㅂㅈㄷㄱ 미친놈
  시발 씨발 개새끼 몰라 모르겠다 까먹지마 잊지마 나는나 나야나 누구세요 뭐야 아무거나 귀찮아 테스트
  임시 임시비밀번호 개발자 마패 암행어사`.split(/\s+/)

const givenNames =
  `민준 서준 도윤 예준 시우 하준 주원 지호 지후 준서 준우 현우 도현 지훈 건우 우진 민재 현준 선우
  서진 연우 유준 정우 승우 승현 서연 서윤 지우 서현 하윤 하은 민서 지유 윤서 채원 수아 지민 지아
  지윤 은서 다은 예은 소율 예린 수빈 소윤 예원 유나 민지 혜진 지혜 은지 유진 수진 은영 미영 영희 철수
  영수 영호 성민 동현 재현 상훈 정훈 진우 길동`.split(/\s+/)

const surnames = '김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍'.split(' ')

// Passwords that follow no word: rows and patterns of a Korean keyboard and numbers with a meaning.
const patterns =
  `qwer1234 1q2w3e4r 1q2w3e4r5t q1w2e3r4 asdf1234 zxcv1234 1234qwer 1234asdf qwe123!@# qwer1234!
  1q2w3e4r! a123456789 aa123456 asd123456 abcd1234 abc123456 qlalfqjsgh1 tkfkdgo1 tkfkdgo486
  dkssud12 rkskekfk 10041004 82828282 58585858 11223344 12341234 01012345678 18181818 79797979
  ekskd123 wkrldi12`.split(/\s+/)

/** Dictionaries for the strength estimate, commonest first, as Hangul and as typed in Latin mode. */
export const koreanDictionaries: Record<string, string[]> = {
  'passwords-ko': [...patterns, ...bothSpellings(words)],
  'firstnames-ko': bothSpellings([
    ...givenNames,
    ...surnames.flatMap((surname) => givenNames.map((givenName) => surname + givenName)),
  ]),
}

// The estimate looks words up in lower case.
function bothSpellings(hangul: readonly string[]): string[] {
  return hangul
    .flatMap((word) => [word, typeOnLatinKeyboard(word).toLowerCase()])
    .filter((word) => word.length > 1)
}
