CREATE TABLE users (
  id                 TEXT COLLATE "C" PRIMARY KEY,
  username           TEXT COLLATE "C" NOT NULL,
  username_key       TEXT COLLATE "C" NOT NULL UNIQUE,
  email              TEXT COLLATE "C",
  password_hash      TEXT COLLATE "C" NOT NULL,
  credential_version BIGINT NOT NULL,
  created_at         BIGINT NOT NULL,
  disabled_at        BIGINT,
  is_demo            BIGINT NOT NULL
);

CREATE TABLE sessions (
  id                  TEXT COLLATE "C" PRIMARY KEY,
  user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  client_id           TEXT COLLATE "C" NOT NULL,
  audience            TEXT COLLATE "C" NOT NULL,
  scope               TEXT COLLATE "C",
  live                BIGINT NOT NULL,
  spent               BIGINT NOT NULL,
  spent_at            BIGINT,
  retry_key_hash      TEXT COLLATE "C",
  created_at          BIGINT NOT NULL,
  last_used_at        BIGINT NOT NULL,
  idle_expires_at     BIGINT NOT NULL,
  absolute_expires_at BIGINT NOT NULL,
  ended_at            BIGINT,
  ended_reason        TEXT COLLATE "C",
  device_label        TEXT COLLATE "C",
  ip_address          TEXT COLLATE "C"
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
  sequence   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         BIGINT NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  user_id    TEXT COLLATE "C",
  session_id TEXT COLLATE "C",
  ip_address TEXT COLLATE "C",
  details    TEXT COLLATE "C" NOT NULL
);

CREATE TABLE attempts (
  key               TEXT COLLATE "C" PRIMARY KEY,
  attempts          BIGINT NOT NULL,
  window_started_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
  kid                   TEXT COLLATE "C" PRIMARY KEY,
  purpose               TEXT COLLATE "C" NOT NULL,
  algorithm             TEXT COLLATE "C" NOT NULL,
  sealed_jwk            TEXT COLLATE "C",
  created_at            BIGINT NOT NULL,
  signs_from            BIGINT NOT NULL,
  longest_token_seconds BIGINT NOT NULL,
  retired_at            BIGINT,
  withdrawn_at          BIGINT
);
