-- +goose Up

-- The lists that are looked at most. What a row of a list shows stands behind
-- the key, so that a page is read from one place: the rows themselves lie all
-- over the table, and each would be a page of the file.
CREATE INDEX contacts_by_owner_name ON contacts (owner_id, name_key, id, name, company, phone, phone_state, blocked_at, restricted_at, last_activity_at, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_owner_activity ON contacts (owner_id, last_activity_at, id, name, company, phone, phone_state, blocked_at, restricted_at, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_name ON contacts (name_key, id, name, company, phone, phone_state, blocked_at, restricted_at, last_activity_at, owner_id, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_activity ON contacts (last_activity_at, id, name, company, phone, phone_state, blocked_at, restricted_at, owner_id, deleted_at)
    WHERE deleted_at IS NULL;
