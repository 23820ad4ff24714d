/** What the tables of docs/ko say, by the names of the English ones. */
export const koreanSettings: Readonly<Record<string, string>> = {
  port: '포트입니다. 값을 지정했는데 이미 사용 중이면 오류로 끝납니다. 지정하지 않았는데 사용 중이면 다음 빈 포트를 쓰고 그 사실을 알립니다.',
  host: '접속을 받을 주소입니다. `mapae dev`는 항상 루프백 인터페이스에서만 받습니다.',
  dataDirectory: '내장 데이터베이스와 키를 두는 폴더입니다. 지우면 모든 것이 초기화됩니다.',
  databaseUrl:
    '`sqlite:PATH` 또는 `postgres://…`입니다. 지정하지 않으면 데이터 폴더의 `mapae.db`를 씁니다. 트랜잭션 모드의 풀러를 거칠 때는 `?pgbouncer=true`를 붙입니다.',
  migrate:
    '`auto`이면 노드가 시작할 때 스키마를 최신으로 올립니다. `manual`이면 `mapae migrate`만 올리며, 스키마가 너무 오래되었으면 노드는 시작을 거부합니다.',
  issuer: '모든 토큰에 들어가는 발급자 URL입니다. 지정하지 않으면 `http://localhost:PORT`입니다.',
  audience:
    '자사 액세스 토큰과, 오디언스를 따로 정하지 않은 애플리케이션의 액세스 토큰을 받을 리소스 서버입니다. 지정하지 않으면 발급자와 같습니다.',
  masterKey:
    '키를 암호화해서 보관하는 데 쓰는 키로, 무작위 32바이트를 base64url로 적습니다. `mapae dev`는 데이터 옆에 만들어 두고, `mapae start`는 반드시 지정해야 합니다.',
  previousMasterKey:
    '바로 앞에 쓰던 마스터 키입니다. 그 키로 암호화한 것을 여전히 열 수 있으며, `mapae key reseal`을 실행할 때까지 필요합니다.',
  keyRotationDays:
    '서명 키 하나로 서명하는 기간(일)입니다. 지나면 다음 키로 서명합니다. 0이면 `mapae key rotate`를 실행할 때까지 바꾸지 않습니다.',
  accessTokenSeconds: '액세스 토큰의 수명(초)입니다.',
  refreshIdleSeconds: '이 시간(초) 동안 갱신하지 않은 세션은 끝납니다(30일).',
  refreshAbsoluteSeconds: '어떤 세션도 이 시간(초)보다 오래 이어지지 않습니다(180일).',
  refreshGraceSeconds:
    '이미 교환한 리프레시 토큰이 다시 와도 경합으로 보는 시간(초)입니다. 0이면 경합으로 보지 않습니다.',
  drainSeconds:
    'SIGTERM을 받은 뒤 이 시간(초) 동안 `/readyz`는 503으로 답하고 요청은 계속 처리합니다. 로드 밸런서가 먼저 다른 노드로 돌릴 시간입니다.',
  demoPassword:
    '`mapae dev`에서 쓰는 `demo` 사용자의 비밀번호입니다. 지정하지 않으면 무작위로 만들어 한 번만 출력합니다.',
  revocationFeed:
    '`/v1/revocations`를 읽을 수 있는 쪽입니다. `public`이면 누구나, `private`이면 `revocations` 스코프의 액세스 토큰을 가진 쪽만 읽습니다. 지정하지 않으면 `mapae dev`에서는 public, `mapae start`에서는 private입니다.',
  signup:
    '`open` 또는 `closed`입니다. 지정하지 않으면 `mapae dev`에서는 열려 있고 `mapae start`에서는 닫혀 있습니다.',
  clientRegistration:
    '`open`: 애플리케이션이 스스로 등록할 수 있고(RFC 7591) 사용자에게 늘 동의를 묻습니다. `closed`: 운영자만 등록합니다.',
  clientMetadataDocuments:
    '`on`: 등록되지 않은 애플리케이션(에이전트 등)도 자신을 설명하는 문서의 https 주소를 `client_id`로 쓸 수 있고, 사용자에게 늘 동의를 묻습니다. `off`: 등록된 애플리케이션만 씁니다.',
  hashConcurrency:
    '동시에 계산하는 비밀번호 해시의 수입니다. 지정하지 않으면 코어 수보다 하나 적게, 1에서 3까지입니다.',
  hashQueue:
    '해시 차례를 기다릴 수 있는 로그인의 수입니다. 넘치면 Retry-After와 함께 503으로 답합니다.',
  signInLimitAccount:
    '한 계정에서 1분 동안 허용하는, 실패했거나 처리 중인 로그인의 수입니다. 넘으면 제한이 시작됩니다.',
  signInLimitAddress:
    '클라이언트 주소 하나에 적용하는 같은 제한입니다. IPv6는 /64 네트워크를 주소 하나로 셉니다.',
  trustedProxies:
    '`Forwarded`나 `X-Forwarded-For` 헤더를 믿을 주소 또는 네트워크를 쉼표로 구분해 적습니다. 그 밖에는 누구의 헤더도 믿지 않습니다.',
  browserIdleSeconds:
    '이 시간(초) 동안 호스팅 페이지를 쓰지 않은 브라우저에서는 로그아웃됩니다(7일).',
  browserAbsoluteSeconds:
    '어떤 브라우저도 이 시간(초)보다 오래 호스팅 페이지에 로그인되어 있지 않습니다(30일).',
  brandName: '호스팅 페이지에 표시하는 이름입니다.',
  brandColor:
    '호스팅 페이지의 버튼과 링크 색으로, `#rrggbb`로 적습니다. 읽기 어려운 색이면 더 어둡거나 밝게 바꿔 씁니다.',
  brandLogo:
    '호스팅 페이지의 로고 파일입니다. 100 kB 이하의 SVG, PNG, JPEG, WebP를 쓸 수 있습니다. 지정하지 않으면 마패 로고를 씁니다.',
  clientCertificateHeader:
    '신뢰하는 프록시가 클라이언트의 인증서(상호 TLS)를 넘겨주는 헤더입니다. 프록시는 모든 요청에서 이 헤더를 새로 쓰거나 지워야 합니다. 이 헤더만으로는 클라이언트가 어떤 키를 가졌는지만 증명됩니다(`self_signed_tls_client_auth`).',
  clientCertificateVerifyHeader:
    '신뢰하는 프록시가 그 인증서를 여러분의 인증 기관으로 검증했을 때, 그리고 그때만 `SUCCESS`라고 알리는 헤더입니다. 없으면 `tls_client_auth`도 없습니다.',
  auditRetentionDays: '이벤트, 그리고 끝나거나 만료된 세션을 이 기간(일)이 지나면 지웁니다.',
  logLevel:
    '`debug`, `info`, `warn`, `error`, `silent` 가운데 하나입니다. 지정하지 않으면 `mapae dev`에서는 `warn`, `mapae start`에서는 `info`입니다.',
}

export const koreanErrors: Readonly<Record<string, string>> = {
  invalid_request: '요청이 올바르지 않습니다.',
  invalid_json: '본문이 엄격한 JSON 형식이 아닙니다.',
  invalid_grant: '리프레시 토큰이 더는 유효하지 않습니다. 다시 로그인해야 합니다.',
  unauthorized_client: '이 클라이언트에는 허용되지 않은 일입니다.',
  unsupported_token_type: '이런 토큰은 폐기할 수 없습니다.',
  unsupported_grant_type: '여기에 없는 그랜트입니다.',
  invalid_scope: '이 클라이언트는 이 스코프를 가질 수 없습니다.',
  invalid_target: '이 클라이언트는 이 리소스용 토큰을 받을 수 없습니다.',
  token_too_large: '액세스 토큰이 너무 커집니다. 스코프나 리소스를 줄여 요청하세요.',
  authorization_pending: '사용자가 아직 답하지 않았습니다.',
  slow_down: '더 오래 기다렸다가 다시 물어야 합니다.',
  access_denied: '사용자가 거절했습니다.',
  expired_token: '기기 코드가 만료되었습니다. 처음부터 다시 시작해야 합니다.',
  invalid_client: '클라이언트가 자신이 누구인지 증명하지 못했습니다.',
  authentication_required: '액세스 토큰을 보내야 쓸 수 있습니다.',
  invalid_token: '액세스 토큰이 유효하지 않습니다.',
  invalid_dpop_proof: 'DPoP 증명이 없거나 올바르지 않습니다.',
  use_dpop_nonce: '`DPoP-Nonce` 헤더의 nonce를 넣어 DPoP 증명을 다시 만들어야 합니다.',
  invalid_credentials: '사용자 이름이나 비밀번호가 틀렸습니다.',
  insufficient_scope: '이 액세스 토큰으로는 할 수 없는 일입니다.',
  form_refused: '이 서버의 양식이 아니거나 너무 오래 열어 둔 양식입니다.',
  origin_not_allowed: '쿠키를 쓰는 호출이 다른 출처에서 왔습니다.',
  signup_closed: '이 서버에서는 계정을 새로 만들 수 없습니다.',
  wrong_password: '현재 비밀번호가 틀렸습니다.',
  not_found: '이 주소에는 아무것도 없습니다.',
  user_code_unknown: '이 코드로 기다리는 기기가 없습니다.',
  method_not_allowed: '이 주소가 지원하지 않는 메서드입니다.',
  username_taken: '이미 쓰이는 사용자 이름입니다.',
  request_expired:
    '요청이 만료되었거나 이미 처리되었습니다. 애플리케이션으로 돌아가 다시 시작해야 합니다.',
  body_too_large: '본문이 너무 큽니다.',
  unsupported_media_type: '여기에서 읽지 않는 미디어 형식입니다.',
  client_taken: '이 이름의 클라이언트가 있거나 있었습니다.',
  client_refused: '클라이언트를 이렇게 만들 수 없습니다.',
  username_refused: '쓸 수 없는 사용자 이름입니다.',
  form_incomplete: '양식에 빈 칸이 있습니다.',
  password_refused: '쓸 수 없는 비밀번호입니다.',
  too_many_attempts: '시도가 너무 많습니다. 기다렸다가 다시 시도해야 합니다.',
  internal_error: '서버에 문제가 생겼습니다.',
  server_stopping: '서버가 멈추는 중입니다. 다른 서버를 써야 합니다.',
  server_busy: '서버가 바쁩니다. 잠시 뒤 다시 시도해야 합니다.',
  storage_unavailable: '데이터베이스가 응답하지 않습니다. 잠시 뒤 다시 시도해야 합니다.',
}

export const koreanAuthorizationErrors: Readonly<Record<string, string>> = {
  invalid_request: '요청이 올바르지 않습니다.',
  unauthorized_client: '이 클라이언트는 사용자를 로그인시킬 수 없습니다.',
  access_denied: '사용자가 거절했습니다.',
  unsupported_response_type: '`response_type=code`만 지원합니다.',
  invalid_scope: '클라이언트가 이 스코프를 하나도 가질 수 없습니다.',
  invalid_target: '클라이언트가 이 리소스용 토큰을 받을 수 없습니다.',
  login_required: '사용자가 로그인해야 합니다.',
  unmet_authentication_requirements: '요청한 방식의 로그인을 여기서는 할 수 없습니다.',
  consent_required: '사용자에게 물어봐야 합니다.',
  registration_not_supported: '클라이언트는 미리 등록해야 합니다. 요청으로 등록할 수는 없습니다.',
  request_uri_not_supported: '미리 보낸 요청만 지원합니다.',
  invalid_request_object: '요청 객체가 올바르지 않습니다.',
}

export const koreanEvents: Readonly<Record<string, string>> = {
  'user.created': '계정이 만들어졌습니다.',
  'user.disabled': '계정이 비활성화되고 모든 세션이 끝났습니다.',
  'user.enabled': '비활성화된 계정을 다시 활성화했습니다. 사용자가 로그인할 수 있습니다.',
  'user.password_changed': '사용자가 비밀번호를 바꿨거나 운영자가 재설정했습니다.',
  'login.succeeded': '누군가 본인임을 증명했습니다.',
  'login.failed': '사용자 이름과 비밀번호가 맞지 않았습니다.',
  'login.throttled': '로그인 시도가 너무 많아 거절했습니다.',
  'browser_session.started': '브라우저에서 호스팅 페이지에 로그인했습니다.',
  'browser_session.ended': '브라우저의 로그인이 끝났습니다. reason에 이유가 있습니다.',
  'session.started': '세션이 시작되고 첫 리프레시 토큰을 내주었습니다.',
  'session.revoked': '세션이 만료 전에 끝났습니다. reason에 이유가 있습니다.',
  'token.refreshed': '리프레시 토큰을 다음 토큰으로 교환했습니다.',
  'token.reuse_detected': '오래된 리프레시 토큰이 제시되었습니다. 누군가 사본을 가지고 있습니다.',
  'token.wrong_key':
    '리프레시 토큰이 다른 키의 증명과 함께 제시되었습니다. 누군가 사본을 가지고 있습니다.',
  'client.created': '애플리케이션이 등록되었습니다.',
  'client.changed': '등록된 애플리케이션의 내용이 바뀌었습니다.',
  'client.secret_rotated': '애플리케이션이 시크릿을 하나 더 받았습니다.',
  'client.deleted': '애플리케이션이 삭제되어 더는 토큰을 받지 못합니다.',
  'client.logout_not_told': '끝난 세션을 알렸지만 애플리케이션이 답하지 않았습니다.',
  'consent.granted': '사용자가 애플리케이션이 요청한 것을 허락했습니다.',
  'consent.withdrawn': '사용자나 운영자가 동의를 거두었고, 그 세션들이 끝났습니다.',
  'code.reuse_detected': '인가 코드가 두 번째로 제시되어 그 세션이 끝났습니다.',
  'key.published': '서명 키를 만들었습니다. 기록된 시각부터 그 키로 서명합니다.',
  'key.retired': '서명 키로 더는 검증하지 않습니다. 비밀 값은 지워졌습니다.',
  'key.withdrawn': '서명 키를 곧바로 거둬들였습니다. 그 키로 서명한 것은 거부합니다.',
}

/** By method and path. */
export const koreanCalls: Readonly<Record<string, string>> = {
  'POST /v1/signup': '계정을 만들고 로그인합니다.',
  'POST /v1/login': '사용자 이름과 비밀번호로 로그인합니다.',
  'POST /v1/refresh': '리프레시 토큰을 다음 토큰 한 쌍으로 교환합니다.',
  'POST /v1/logout': '두 토큰 가운데 하나가 가리키는 세션, 또는 그 사용자의 모든 세션을 끝냅니다.',
  'GET /v1/me': '액세스 토큰의 사용자를 알려 줍니다.',
  'GET /v1/sessions':
    '사용자의 열린 세션을 기기별로 알려 줍니다. 지금 세션이 먼저, 나머지는 최근에 쓴 순서입니다.',
  'DELETE /v1/sessions/{id}': '사용자의 세션 하나를 끝냅니다.',
  'POST /v1/password': '비밀번호를 바꿉니다. 다른 세션은 모두 끝납니다.',
  'GET /oauth/authorize': '브라우저의 사용자에게 로그인과 동의를 요청합니다(OAuth 2.1).',
  'POST /oauth/authorize': '브라우저의 사용자에게 로그인과 동의를 요청합니다(OAuth 2.1).',
  'GET /oauth/userinfo': '액세스 토큰의 사용자에 관한 클레임을 알려 줍니다(OpenID Connect).',
  'POST /oauth/userinfo': '액세스 토큰의 사용자에 관한 클레임을 알려 줍니다(OpenID Connect).',
  'POST /oauth/introspect': '토큰이 유효한지, 무엇을 담고 있는지 알려 줍니다.',
  'POST /oauth/revoke': '애플리케이션이 더는 쓰지 않을 토큰을 폐기합니다.',
  'GET /oauth/logout': '이 브라우저와 그 모든 앱에서 사용자를 로그아웃합니다(OpenID Connect).',
  'POST /oauth/logout': '이 브라우저와 그 모든 앱에서 사용자를 로그아웃합니다(OpenID Connect).',
  'POST /oauth/token': '그랜트를 토큰으로 교환합니다(OAuth 2.1).',
  'POST /oauth/par': '인가 요청을 미리 보내고 그 이름을 받습니다(OAuth 2.1).',
  'POST /oauth/device_authorization': '브라우저가 없는 기기에서 로그인을 시작합니다(OAuth 2.1).',
  'GET /.well-known/openid-configuration': '클라이언트가 스스로를 설정할 때 읽습니다.',
  'GET /.well-known/oauth-authorization-server': '클라이언트가 스스로를 설정할 때 읽습니다.',
  'GET /.well-known/oauth-protected-resource':
    '이 API의 토큰을 어디서 받는지 클라이언트가 읽습니다(RFC 9728).',
  'POST /v1/signals': '세션이 끝난 것을 보안 이벤트 토큰으로, 확인할 때까지 알려 줍니다.',
  'GET /v1/revocations': '커서 다음에 폐기된 것을 서명된 페이지나 이벤트 스트림으로 알려 줍니다.',
  'GET /.well-known/jwks.json': '액세스 토큰을 검증하는 공개 키를 알려 줍니다.',
  'GET /metrics': '이 노드의 수치를 Prometheus 형식으로 알려 줍니다.',
  'GET /healthz': '프로세스가 응답하는지 알려 줍니다.',
  'GET /readyz':
    '요청을 보내도 되는지 알려 줍니다. 데이터베이스가 응답하고, 서버가 멈추는 중이 아니어야 합니다.',
  'GET /openapi.json': '이 API를 OpenAPI 문서로 알려 줍니다.',
}
