-- +goose Up

-- An entry of an index has a limit here, which a long name would reach, so keys
-- stand alone.
CREATE INDEX contacts_by_owner_name ON contacts (owner_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_owner_activity ON contacts (owner_id, last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_name ON contacts (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_activity ON contacts (last_activity_at, id) WHERE deleted_at IS NULL;
