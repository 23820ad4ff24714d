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
    hangul: '한글로 입력하고 있습니다. 한/영 키를 누르면 영문으로 바뀝니다.',
  },

  signIn: {
    title: '로그인',
    lead: '아이디와 비밀번호를 입력하세요.',
    toContinue: (client) => `${client}에 로그인하려면 아이디와 비밀번호를 입력하세요.`,
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

  selectAccount: {
    title: '계정 선택',
    lead: (client) => `${client}에서 사용할 계정을 고르세요.`,
    submit: (username) => `${username} 계정으로 계속`,
  },

  consent: {
    title: (client) => `${client}의 접근을 허용할까요?`,
    unknownClient: (host) =>
      `이 페이지의 운영자가 확인하지 않은 앱이며, 이름도 앱이 스스로 정한 것입니다. 다음 주소를 믿을 때만 계속하세요: ${host}`,
    unknownProgram:
      '이 페이지의 운영자가 확인하지 않은 앱이며, 이름도 앱이 스스로 정한 것입니다. 방금 이 기기에서 직접 시작한 앱일 때만 계속하세요.',
    anyProgram:
      '이 기기의 어떤 프로그램이든 이 이름으로 요청할 수 있습니다. 방금 직접 시작했을 때만 계속하세요.',
    lead: (username) => `${username} 님으로 로그인되어 있습니다.`,
    otherUser: '다른 계정 사용',
    gets: '허용하면 이 앱이 할 수 있는 일',
    scopes: {
      openid: '로그인할 때 같은 사용자인지 확인',
      profile: '아이디 보기',
      email: '이메일 주소 보기',
      offline_access: '자리를 비운 동안에도 로그인 유지',
    },
    signIn: '이 서비스가 허용하는 범위에서 나를 대신해 이용',
    otherScope: (scope) => `‘${scope}’ 권한 사용`,
    claim: (claim) => `내 정보 보기: ${claim}`,
    resource: (resource) => `${resource}에서 나를 대신해 이용`,
    toHost: (host) => `이어서 ${host} 사이트로 이동합니다.`,
    toDevice: '이어서 이 기기에 있는 프로그램으로 이동합니다.',
    withdraw: '허용한 접근은 내 계정 페이지에서 언제든지 취소할 수 있습니다.',
    homepage: '웹사이트',
    policy: '개인정보 처리방침',
    terms: '이용 약관',
    allow: '허용',
    deny: '허용 안 함',
  },

  device: {
    title: '기기 연결',
    code: '기기에 표시된 코드',
    codeHint: '영문자 여덟 글자입니다. 대소문자는 구분하지 않으며 하이픈은 빼도 됩니다.',
    submit: '계속',
    confirmTitle: (client) => `${client} 연결을 허용할까요?`,
    warning:
      '직접 시작했고 기기에 이 코드가 표시되어 있을 때만 계속하세요. 전화나 메시지로 이 코드를 요구하는 사람은 사기꾼입니다.',
    allow: '연결',
    approved: '기기를 연결했습니다. 기기로 돌아가세요.',
    denied: '기기를 연결하지 않았습니다.',
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
    end: '로그아웃',
    endOf: (device) => `${device} 로그아웃`,
    endEverywhere: '모든 기기에서 로그아웃',
    endEverywhereLead: '이 브라우저를 포함해 목록에 있는 모든 로그인을 끝냅니다.',
    access: '접근을 허용한 앱',
    accessLead: '취소할 때까지 내 계정을 이용할 수 있는 앱입니다.',
    accessSince: '허용한 시각',
    withdraw: '접근 취소',
    withdrawOf: (client) => `접근 취소: ${client}`,
    withdrawn: '이제 그 앱은 내 계정에 접근할 수 없습니다.',
    password: '비밀번호',
    passwordLead: '비밀번호를 바꾸면 다른 기기에서는 모두 로그아웃됩니다.',
    changePassword: '비밀번호 변경',
    signOut: '로그아웃',
    ended: '선택한 기기에서 로그아웃했습니다.',
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
    goingOn: '로그인했던 앱에 알리는 중입니다.',
    goOn: '계속',
  },

  formPost: {
    title: '거의 다 되었습니다',
    lead: (host) => (host === '' ? '앱으로 돌아갑니다.' : `이어서 ${host} 사이트로 이동합니다.`),
    submit: '계속',
  },

  leave: {
    title: '이 페이지에서 나갈까요?',
    notDone: '이곳으로 보낸 앱이 요청한 것을 얻지 못했습니다.',
    toHost: (host) =>
      `이 페이지의 운영자가 확인하지 않은 앱으로 이동합니다. 다음 주소를 믿을 때만 계속하고, 그곳에서 비밀번호를 입력하지 마세요: ${host}`,
    toProgram: '이 기기에 있는 프로그램으로 이동합니다. 방금 직접 시작했을 때만 계속하세요.',
    submit: '계속',
  },

  error: {
    title: '처리하지 못했습니다',
    inTitle: (title) => `오류: ${title}`,
    toClient: (client) => `${client} 홈페이지로 돌아가기`,
    toStart: '내 계정으로 가기',
    unexpected: '문제가 생겼습니다. 잠시 뒤에 다시 시도하세요.',
    incomplete: '모든 칸을 채워 주세요.',
    requestExpired:
      '시간이 너무 오래 걸렸거나 이미 처리된 요청입니다. 이용하던 앱으로 돌아가 다시 시작하세요.',
    invalidRequest: '주소나 양식이 올바르지 않습니다. 처음부터 다시 시도하세요.',
    formRefused: '페이지를 너무 오래 열어 두었거나 다른 곳에서 보낸 요청입니다. 다시 보내 주세요.',
    userCodeUnknown: '이 코드를 기다리는 기기가 없습니다. 기기에 표시된 코드를 다시 확인하세요.',
    notFound: '이 주소에는 페이지가 없습니다.',
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
