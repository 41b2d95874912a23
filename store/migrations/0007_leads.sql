-- +goose Up

-- Where leads come from: a form of ours, a webhook that another system posts to,
-- or the calls that nobody took. What becomes of a lead stands here too.
CREATE TABLE lead_sources (
    id          TEXT   PRIMARY KEY,
    kind        TEXT   NOT NULL CHECK (kind IN ('form', 'webhook', 'call')),
    name        TEXT   NOT NULL CHECK (name <> ''),
    name_key    TEXT   NOT NULL,
    token       TEXT   UNIQUE, -- of the address; a webhook's opens nothing without its secret, which is in the vault
    enabled     BIGINT NOT NULL DEFAULT 0,
    line        TEXT   NOT NULL DEFAULT '', -- of calls: our number; empty: any
    pipeline_id TEXT   NOT NULL,
    stage_id    TEXT   NOT NULL,
    assign      TEXT   NOT NULL CHECK (assign IN ('nobody', 'one', 'turns', 'least')),
    members     TEXT   NOT NULL DEFAULT '', -- ids of users, space-separated
    tags        TEXT   NOT NULL DEFAULT '', -- names, by comma
    task_title  TEXT   NOT NULL DEFAULT '', -- empty: no task
    task_hours  BIGINT NOT NULL DEFAULT 24,
    intro       TEXT   NOT NULL DEFAULT '', -- of forms: what stands on the page
    button      TEXT   NOT NULL DEFAULT '',
    thanks      TEXT   NOT NULL DEFAULT '',
    policy_url  TEXT   NOT NULL DEFAULT '', -- the privacy notice
    origins     TEXT   NOT NULL DEFAULT '', -- pages that may show it in a frame, space-separated
    posts       BIGINT NOT NULL DEFAULT 0, -- 1: a plain form of a foreign page may post to it
    opt_in      BIGINT NOT NULL DEFAULT 0, -- 1: whoever writes confirms by mail first
    once_path   TEXT   NOT NULL DEFAULT '', -- of webhooks: where the sender's own id of a lead stands
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT
);

-- What a form asks, or what of a webhook's message goes where.
CREATE TABLE lead_fields (
    id         TEXT   PRIMARY KEY,
    source_id  TEXT   NOT NULL REFERENCES lead_sources (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    label      TEXT   NOT NULL DEFAULT '', -- of a consent: its exact words
    hint       TEXT   NOT NULL DEFAULT '',
    kind       TEXT   NOT NULL CHECK (kind IN ('line', 'text', 'email', 'phone', 'number', 'date', 'choice', 'consent')),
    choices    TEXT   NOT NULL DEFAULT '', -- one a line
    required   BIGINT NOT NULL DEFAULT 0,
    path       TEXT   NOT NULL DEFAULT '', -- of webhooks
    target     TEXT   NOT NULL DEFAULT '', -- the part of a contact or deal; empty: the note alone
    channel    TEXT   NOT NULL DEFAULT '', -- of a consent: sms, email, phone
    wording_id TEXT, -- of a consent: its words as they are now
    created_at BIGINT NOT NULL
);
CREATE INDEX lead_fields_by_source ON lead_fields (source_id, position);

-- The words by which somebody consented, exactly; they never change.
CREATE TABLE lead_wordings (
    id         TEXT   PRIMARY KEY,
    source_id  TEXT   NOT NULL,
    field_id   TEXT   NOT NULL,
    words      TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX lead_wordings_by_field ON lead_wordings (field_id);

-- Whose turn it is: whoever had none for longest.
CREATE TABLE lead_turns (
    source_id TEXT   NOT NULL REFERENCES lead_sources (id) ON DELETE CASCADE,
    user_id   TEXT   NOT NULL,
    turn      BIGINT NOT NULL,
    PRIMARY KEY (source_id, user_id)
);

CREATE TABLE leads (
    id            TEXT   PRIMARY KEY,
    source_id     TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('form', 'webhook')),
    state         TEXT   NOT NULL CHECK (state IN ('received', 'waiting', 'done', 'failed', 'discarded')),
    reason        TEXT   NOT NULL DEFAULT '', -- why it failed or was discarded: a code
    answers       TEXT   NOT NULL DEFAULT '', -- JSON: what came in
    once_hash     TEXT, -- of the sender's own id: the same lead is one
    body_hash     TEXT   NOT NULL DEFAULT '',
    token_hash    TEXT   UNIQUE, -- of the link by which it is confirmed
    confirm_until BIGINT, -- then it goes
    confirmed_at  BIGINT,
    contact_id    TEXT,
    deal_id       TEXT,
    version       BIGINT NOT NULL DEFAULT 1,
    received_at   BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    settled_at    BIGINT, -- done or discarded
    settled_by    TEXT -- user who did it; NULL: the product
);
CREATE UNIQUE INDEX leads_once ON leads (source_id, once_hash) WHERE once_hash IS NOT NULL;
CREATE INDEX leads_by_body ON leads (source_id, body_hash, received_at);
CREATE INDEX leads_by_state ON leads (state, received_at, id);
CREATE INDEX leads_by_time ON leads (received_at, id);
CREATE INDEX leads_aging ON leads ((COALESCE(settled_at, updated_at)));
CREATE INDEX leads_to_confirm ON leads (confirm_until) WHERE confirm_until IS NOT NULL;
CREATE INDEX leads_by_contact ON leads (contact_id) WHERE contact_id IS NOT NULL;

-- Whom a mail that asks for a confirmation is for.
ALTER TABLE mails ADD COLUMN lead_id TEXT;
