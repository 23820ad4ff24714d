ALTER TABLE clients ADD COLUMN used_at BIGINT;
UPDATE clients SET used_at = changed_at
  WHERE EXISTS (SELECT 1 FROM consents WHERE consents.client_id = clients.id);
CREATE INDEX clients_by_disuse ON clients (changed_at) WHERE used_at IS NULL AND deleted_at IS NULL;
CREATE INDEX clients_by_end ON clients (deleted_at) WHERE deleted_at IS NOT NULL;
