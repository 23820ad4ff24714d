ALTER TABLE users ADD COLUMN previously_disabled_at INTEGER;
CREATE INDEX users_by_previous_disabling ON users (previously_disabled_at)
  WHERE previously_disabled_at IS NOT NULL;
