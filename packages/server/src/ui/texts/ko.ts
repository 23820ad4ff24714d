import type { Texts } from './en.ts'

export const korean: Texts = {
  languageName: '한국어',
  switchLanguage: '언어',
  skipToContent: '본문으로 건너뛰기',

  fields: {
    username: '아이디',
    password: '비밀번호',
    currentPassword: '현재 비밀번호',
    newPassword: '새 비밀번호',
    passwordHint: '8자 이상. 서로 관련 없는 단어를 여러 개 이어 쓰면 가장 안전합니다.',
    usernameHint: '한글을 포함해 어떤 언어의 글자든 쓸 수 있고, 최대 64자입니다.',
    show: '보기',
    hide: '숨기기',
    showPassword: '비밀번호 보기',
    hidePassword: '비밀번호 숨기기',
    capsLock: 'Caps Lock이 켜져 있습니다.',
    hangul: '한글로 입력하고 있습니다. 한/영 키를 누르면 바뀝니다.',
  },

  signIn: {
    title: '로그인',
    lead: '아이디와 비밀번호를 입력하세요.',
    toContinue: (client) => `${client} 이용을 위해 로그인합니다`,
    again: (username) => `${username} 님, 본인 확인을 위해 비밀번호를 다시 입력하세요.`,
    submit: '로그인',
    noAccount: '아직 계정이 없으신가요?',
    toSignUp: '회원 가입',
  },

  signUp: {
    title: '회원 가입',
    lead: '사용할 아이디와 비밀번호를 정하세요.',
    submit: '가입하기',
    haveAccount: '이미 계정이 있으신가요?',
    toSignIn: '로그인',
    closed: '지금은 회원 가입을 받지 않습니다. 서비스 운영자에게 문의하세요.',
  },

  account: {
    title: '내 계정',
    signedInAs: (username) => `${username} 님으로 로그인됨`,
    devices: '로그인된 기기',
    devicesLead: '모르는 기기가 있으면 로그아웃하고 비밀번호를 바꾸세요.',
    thisBrowser: '지금 이 브라우저',
    browser: '브라우저',
    app: (client) => `앱: ${client}`,
    firstParty: '앱',
    unknownDevice: '알 수 없는 기기',
    onSystem: (browser, system) => `${system}의 ${browser}`,
    lastUsed: '마지막 사용',
    signedIn: '로그인한 때',
    address: '접속 주소',
    end: '로그아웃',
    endOf: (device) => `${device} 로그아웃`,
    endEverywhere: '모든 기기에서 로그아웃',
    endEverywhereLead: '이 브라우저를 포함해 목록에 있는 모든 로그인을 끝냅니다.',
    password: '비밀번호',
    passwordLead: '비밀번호를 바꾸면 다른 기기에서는 모두 로그아웃됩니다.',
    changePassword: '비밀번호 변경',
    signOut: '로그아웃',
    ended: '그 기기에서 로그아웃했습니다.',
    passwordChanged: '비밀번호를 바꿨습니다. 다른 기기에서는 로그아웃되었습니다.',
  },

  changePassword: {
    title: '비밀번호 변경',
    lead: '다른 기기에서는 모두 로그아웃됩니다.',
    submit: '비밀번호 변경',
    cancel: '취소',
  },

  signOut: {
    title: '로그아웃할까요?',
    lead: (username) => `이 브라우저에 ${username} 님으로 로그인되어 있습니다.`,
    submit: '로그아웃',
    cancel: '로그인 유지',
  },

  signedOut: {
    title: '로그아웃했습니다',
    lead: '이 페이지를 닫아도 됩니다.',
    toSignIn: '다시 로그인',
  },

  error: {
    title: '처리하지 못했습니다',
    toStart: '내 계정으로 가기',
    unexpected: '문제가 생겼습니다. 잠시 뒤에 다시 시도하세요.',
    incomplete: '모든 칸을 채워 주세요.',
    invalidRequest: '주소나 양식이 올바르지 않습니다. 처음부터 다시 시도하세요.',
    formRefused: '페이지를 너무 오래 열어 두었거나 다른 곳에서 보낸 요청입니다. 다시 보내 주세요.',
    notFound: '이 주소에는 아무것도 없습니다.',
    invalidCredentials: '아이디 또는 비밀번호가 맞지 않습니다.',
    wrongPassword: '현재 비밀번호가 맞지 않습니다.',
    usernameTaken: '이미 사용 중인 아이디입니다.',
    busy: '지금 서버가 바쁩니다. 잠시 뒤에 다시 시도하세요.',
    tooManyAttempts: (seconds) => `시도가 너무 많았습니다. ${seconds}초 뒤에 다시 시도하세요.`,
  },

  usernameRefusals: {
    empty: '아이디를 입력하세요.',
    too_long: '아이디는 최대 64자입니다.',
    malformed_text: '아이디에 올바르지 않은 글자가 있습니다.',
    invisible_character: '아이디에는 보이지 않는 글자를 쓸 수 없습니다.',
    white_space: '아이디 안의 공백은 일반 공백 한 칸만 쓸 수 있습니다.',
    stray_mark: '아이디는 결합 문자로 시작할 수 없습니다.',
    no_letter_or_digit: '아이디에는 글자나 숫자가 하나 이상 있어야 합니다.',
  },

  passwordRefusals: {
    too_short: '비밀번호는 8자 이상이어야 합니다.',
    too_long: '비밀번호는 최대 256자입니다.',
    malformed_text: '비밀번호에 올바르지 않은 글자가 있습니다.',
    contains_username: '비밀번호에 아이디가 들어 있습니다. 아이디를 빼고 만드세요.',
    too_common:
      '많은 사람이 쓰는 비밀번호라 가장 먼저 시도됩니다. 서로 관련 없는 단어를 네 개 이상 이어 쓰세요.',
    guessable: '추측하기 쉬운 비밀번호입니다. 서로 관련 없는 단어를 네 개 이상 이어 쓰세요.',
  },
}
