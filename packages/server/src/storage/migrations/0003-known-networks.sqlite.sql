ALTER TABLE sessions ADD COLUMN network TEXT;

UPDATE sessions SET network = ip_address WHERE ip_address NOT LIKE '%:%';

CREATE INDEX sessions_by_network ON sessions (user_id, network);
DROP INDEX sessions_by_user;
