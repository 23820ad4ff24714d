ALTER TABLE sessions ADD COLUMN auth_time BIGINT;
ALTER TABLE sessions ADD COLUMN acr TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN amr TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN browser_session_id TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN dpop_jkt TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN certificate_thumbprint TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN requested_claims TEXT COLLATE "C";

CREATE INDEX sessions_by_browser ON sessions (browser_session_id)
  WHERE browser_session_id IS NOT NULL;

CREATE TABLE clients (
  id         TEXT COLLATE "C" PRIMARY KEY,
  settings   TEXT COLLATE "C" NOT NULL,
  secrets    TEXT COLLATE "C" NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  deleted_at BIGINT
);

CREATE INDEX clients_by_change ON clients (changed_at);

CREATE TABLE authorization_requests (
  id_hash    TEXT COLLATE "C" PRIMARY KEY,
  client_id  TEXT COLLATE "C" NOT NULL,
  request    TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  denied_at  BIGINT
);

CREATE INDEX authorization_requests_by_expiry ON authorization_requests (expires_at);

CREATE TABLE authorization_codes (
  code_hash   TEXT COLLATE "C" PRIMARY KEY,
  client_id   TEXT COLLATE "C" NOT NULL,
  user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  granted     TEXT COLLATE "C" NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  redeemed_at BIGINT,
  session_id  TEXT COLLATE "C"
);

CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

CREATE TABLE consents (
  id         TEXT COLLATE "C" PRIMARY KEY,
  user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  client_id  TEXT COLLATE "C" NOT NULL,
  granted    TEXT COLLATE "C" NOT NULL,
  granted_at BIGINT NOT NULL
);

CREATE INDEX consents_by_user ON consents (user_id);

CREATE TABLE issuer_constants (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

CREATE INDEX users_by_disabling ON users (disabled_at) WHERE disabled_at IS NOT NULL;

CREATE TABLE browser_sessions (
  id                  TEXT COLLATE "C" PRIMARY KEY,
  secret_hash         TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  authenticated_at    BIGINT NOT NULL,
  methods             TEXT COLLATE "C" NOT NULL,
  last_used_at        BIGINT NOT NULL,
  idle_expires_at     BIGINT NOT NULL,
  absolute_expires_at BIGINT NOT NULL,
  ended_at            BIGINT,
  device_label        TEXT COLLATE "C",
  ip_address          TEXT COLLATE "C",
  network             TEXT COLLATE "C"
);

CREATE INDEX browser_sessions_by_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (idle_expires_at);

CREATE TABLE signal_receivers (
  id         TEXT COLLATE "C" PRIMARY KEY,
  told_since BIGINT NOT NULL
);

CREATE TABLE signal_acknowledgements (
  id       TEXT COLLATE "C" PRIMARY KEY,
  receiver TEXT COLLATE "C" NOT NULL,
  ended_at BIGINT NOT NULL
);

CREATE INDEX signal_acknowledgements_by_end ON signal_acknowledgements (receiver, ended_at);

CREATE TABLE used_assertions (
  id_hash          TEXT COLLATE "C" PRIMARY KEY,
  remembered_until BIGINT NOT NULL
);

CREATE INDEX used_assertions_by_end ON used_assertions (remembered_until);

CREATE TABLE device_authorizations (
  device_code_hash TEXT COLLATE "C" PRIMARY KEY,
  user_code_hash   TEXT COLLATE "C" NOT NULL UNIQUE,
  client_id        TEXT COLLATE "C" NOT NULL,
  asked_for        TEXT COLLATE "C" NOT NULL,
  created_at       BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL,
  interval_seconds BIGINT NOT NULL,
  asked_at         BIGINT,
  approval         TEXT COLLATE "C",
  denied_at        BIGINT,
  redeemed_at      BIGINT
);

CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expires_at);

CREATE TABLE logout_notices (
  session_id TEXT COLLATE "C" PRIMARY KEY,
  attempts   BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  is_settled BIGINT NOT NULL
);

CREATE INDEX logout_notices_by_due ON logout_notices (due_at);
