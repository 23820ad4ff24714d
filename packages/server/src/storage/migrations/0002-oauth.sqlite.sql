ALTER TABLE sessions ADD COLUMN auth_time INTEGER;
ALTER TABLE sessions ADD COLUMN acr TEXT;
ALTER TABLE sessions ADD COLUMN amr TEXT;
ALTER TABLE sessions ADD COLUMN browser_session_id TEXT;
ALTER TABLE sessions ADD COLUMN dpop_jkt TEXT;
ALTER TABLE sessions ADD COLUMN certificate_thumbprint TEXT;
ALTER TABLE sessions ADD COLUMN requested_claims TEXT;

CREATE INDEX sessions_by_browser ON sessions (browser_session_id)
  WHERE browser_session_id IS NOT NULL;

CREATE TABLE clients (
  id         TEXT PRIMARY KEY,
  settings   TEXT NOT NULL,
  secrets    TEXT NOT NULL,
  version    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX clients_by_change ON clients (changed_at);

CREATE TABLE authorization_requests (
  id_hash    TEXT PRIMARY KEY,
  client_id  TEXT NOT NULL,
  request    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  denied_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX authorization_requests_by_expiry ON authorization_requests (expires_at);

CREATE TABLE authorization_codes (
  code_hash   TEXT PRIMARY KEY,
  client_id   TEXT NOT NULL,
  user_id     TEXT NOT NULL REFERENCES users (id),
  granted     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  redeemed_at INTEGER,
  session_id  TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

CREATE TABLE consents (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id),
  client_id  TEXT NOT NULL,
  granted    TEXT NOT NULL,
  granted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_by_user ON consents (user_id);

CREATE TABLE issuer_constants (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_disabling ON users (disabled_at) WHERE disabled_at IS NOT NULL;

CREATE TABLE browser_sessions (
  id                  TEXT PRIMARY KEY,
  secret_hash         TEXT NOT NULL UNIQUE,
  user_id             TEXT NOT NULL REFERENCES users (id),
  authenticated_at    INTEGER NOT NULL,
  methods             TEXT NOT NULL,
  last_used_at        INTEGER NOT NULL,
  idle_expires_at     INTEGER NOT NULL,
  absolute_expires_at INTEGER NOT NULL,
  ended_at            INTEGER,
  device_label        TEXT,
  ip_address          TEXT,
  network             TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX browser_sessions_by_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (idle_expires_at);

CREATE TABLE signal_receivers (
  id         TEXT PRIMARY KEY,
  told_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signal_acknowledgements (
  id       TEXT PRIMARY KEY,
  receiver TEXT NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX signal_acknowledgements_by_end ON signal_acknowledgements (receiver, ended_at);

CREATE TABLE used_assertions (
  id_hash          TEXT PRIMARY KEY,
  remembered_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_assertions_by_end ON used_assertions (remembered_until);

CREATE TABLE device_authorizations (
  device_code_hash TEXT PRIMARY KEY,
  user_code_hash   TEXT NOT NULL UNIQUE,
  client_id        TEXT NOT NULL,
  asked_for        TEXT NOT NULL,
  created_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  interval_seconds INTEGER NOT NULL,
  asked_at         INTEGER,
  approval         TEXT,
  denied_at        INTEGER,
  redeemed_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expires_at);

CREATE TABLE logout_notices (
  session_id TEXT PRIMARY KEY,
  attempts   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  is_settled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logout_notices_by_due ON logout_notices (due_at);
