ALTER TABLE authorization_requests ADD COLUMN chosen_session_id TEXT;
