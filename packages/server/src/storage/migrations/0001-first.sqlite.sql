CREATE TABLE users (
  id                 TEXT PRIMARY KEY,
  username           TEXT NOT NULL,
  username_key       TEXT NOT NULL UNIQUE,
  email              TEXT,
  password_hash      TEXT NOT NULL,
  credential_version INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  disabled_at        INTEGER,
  is_demo            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id                  TEXT PRIMARY KEY,
  user_id             TEXT NOT NULL REFERENCES users (id),
  client_id           TEXT NOT NULL,
  audience            TEXT NOT NULL,
  scope               TEXT,
  live                INTEGER NOT NULL,
  spent               INTEGER NOT NULL,
  spent_at            INTEGER,
  retry_key_hash      TEXT,
  created_at          INTEGER NOT NULL,
  last_used_at        INTEGER NOT NULL,
  idle_expires_at     INTEGER NOT NULL,
  absolute_expires_at INTEGER NOT NULL,
  ended_at            INTEGER,
  ended_reason        TEXT,
  device_label        TEXT,
  ip_address          TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
  sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
  at         INTEGER NOT NULL,
  name       TEXT NOT NULL,
  user_id    TEXT,
  session_id TEXT,
  ip_address TEXT,
  details    TEXT NOT NULL
) STRICT;

CREATE TABLE attempts (
  key               TEXT PRIMARY KEY,
  attempts          INTEGER NOT NULL,
  window_started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
  kid                   TEXT PRIMARY KEY,
  purpose               TEXT NOT NULL,
  algorithm             TEXT NOT NULL,
  sealed_jwk            TEXT,
  created_at            INTEGER NOT NULL,
  signs_from            INTEGER NOT NULL,
  longest_token_seconds INTEGER NOT NULL,
  retired_at            INTEGER,
  withdrawn_at          INTEGER
) STRICT, WITHOUT ROWID;
