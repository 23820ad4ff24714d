ALTER TABLE authorization_requests ADD COLUMN browser_session_id TEXT;
ALTER TABLE authorization_requests ADD COLUMN approved_by TEXT;
