import type { Language } from './language.ts'

type Described = { readonly name: string; readonly about: string }

export interface HomeTexts {
  readonly name: string
  readonly language: string
  readonly modes: Readonly<
    Record<
      'development' | 'production',
      { readonly title: string; readonly lead: string; readonly forPeople: string }
    >
  >
  readonly issuer: string
  readonly forPrograms: string
  readonly shellTitle: string
  readonly shellAbout: string
  readonly places: Readonly<
    Record<
      'demo' | 'inspector' | 'account' | 'mail' | 'api' | 'discovery' | 'keys' | 'health',
      Described
    >
  >
}

export const homeTexts: Readonly<Record<Language, HomeTexts>> = {
  en: {
    name: 'English',
    language: 'Language',
    modes: {
      development: {
        title: 'Your authentication server is running',
        lead: 'Sign in once and get a short-lived signed access token that any server verifies without asking anyone, and a refresh token that renews it. This one listens on your machine only, and its data is for trying things out.',
        forPeople: 'Try it',
      },
      production: {
        title: 'This is an authentication server',
        lead: 'Applications send you here when you sign in, and renew what they got here. If you came by yourself, there is nothing you need to do.',
        forPeople: 'For you',
      },
    },
    issuer: 'Issuer',
    forPrograms: 'For programs',
    shellTitle: 'From a shell',
    shellAbout: 'The password of the user “demo” is in the terminal in which the server runs.',
    places: {
      demo: {
        name: 'Demo',
        about:
          'One click: sign in, call an API, watch the token expire and renew. Then try to break it.',
      },
      inspector: {
        name: 'Inspector',
        about: 'Paste a token: is it good, for how long, for whom, and what does it give away?',
      },
      account: {
        name: 'Your account',
        about: 'The hosted pages: sign in or up, see your devices, change the password.',
      },
      mail: { name: 'Mail', about: 'What this server would have sent.' },
      api: { name: 'The API', about: 'All calls, as an OpenAPI document.' },
      discovery: { name: 'Discovery', about: 'Where OpenID Connect clients find everything.' },
      keys: { name: 'Public keys', about: 'What others verify access tokens with.' },
      health: { name: 'Health', about: 'Whether the process answers.' },
    },
  },
  ko: {
    name: '한국어',
    language: '언어',
    modes: {
      development: {
        title: '인증 서버가 실행 중입니다',
        lead: '한 번 로그인하면 누구에게 묻지 않고도 어느 서버나 검증할 수 있는 짧은 수명의 서명된 액세스 토큰과, 이를 갱신하는 리프레시 토큰을 받습니다. 이 서버는 이 컴퓨터에서만 접속할 수 있고, 데이터는 시험용입니다.',
        forPeople: '직접 해 보기',
      },
      production: {
        title: '이곳은 인증 서버입니다',
        lead: '애플리케이션이 로그인할 때 사용자를 이곳으로 보내고, 여기서 받은 토큰을 갱신합니다. 직접 찾아오셨다면 하실 일은 없습니다.',
        forPeople: '사용자 페이지',
      },
    },
    issuer: '발급자',
    forPrograms: '프로그램용 주소',
    shellTitle: '셸에서',
    shellAbout: '사용자 demo의 비밀번호는 서버를 실행한 터미널에 표시되어 있습니다.',
    places: {
      demo: {
        name: '데모',
        about:
          '클릭 한 번으로 로그인하고, API를 호출하고, 토큰이 만료되고 갱신되는 과정을 봅니다. 그다음에는 깨뜨려 보세요.',
      },
      inspector: {
        name: '토큰 검사기',
        about:
          '토큰을 붙여 넣으면 유효한지, 언제까지인지, 누구를 위한 것인지, 무엇이 드러나는지 알려 줍니다.',
      },
      account: { name: '내 계정', about: '로그인, 가입, 기기 목록, 비밀번호 변경 페이지입니다.' },
      mail: { name: '메일', about: '이 서버가 보냈을 메일입니다.' },
      api: { name: 'API', about: '모든 호출을 OpenAPI 문서로 제공합니다.' },
      discovery: {
        name: '디스커버리',
        about: 'OpenID Connect 클라이언트가 모든 주소를 찾는 문서입니다.',
      },
      keys: { name: '공개 키', about: '다른 서버가 액세스 토큰을 검증할 때 쓰는 키입니다.' },
      health: { name: '상태', about: '프로세스가 응답하는지 알려 줍니다.' },
    },
  },
}
