-- +goose Up

-- The business that runs this instance: exactly one row after set-up.
CREATE TABLE business (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    name       TEXT   NOT NULL CHECK (name <> ''),
    country    TEXT   NOT NULL CHECK (length(country) = 2),
    currency   TEXT   NOT NULL CHECK (length(currency) = 3),
    timezone   TEXT   NOT NULL,
    privacy_contact TEXT NOT NULL DEFAULT '', -- email or web address where people ask about their data
    hours      TEXT   NOT NULL, -- JSON: seven lists of ["09:00","17:00"], Monday first
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE settings (
    name       TEXT   PRIMARY KEY,
    value      TEXT   NOT NULL, -- JSON
    updated_at BIGINT NOT NULL
);

-- ── people of the business ────────────────────────────────────────────────
CREATE TABLE teams (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL CHECK (name <> ''),
    name_key   TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- Roles that the business made; the product's own stand in the code.
CREATE TABLE roles (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL CHECK (name <> ''),
    name_key   TEXT   NOT NULL UNIQUE,
    grants     TEXT   NOT NULL, -- JSON: permission to reach
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE users (
    id            TEXT   PRIMARY KEY,
    name          TEXT,          -- NULL: cleared, 90 days after the removal
    email         TEXT,          -- as typed; NULL: removed
    email_key     TEXT   UNIQUE, -- lower case, the domain in its ASCII form
    password_hash TEXT   NOT NULL, -- PHC string; empty: no password signs in
    role          TEXT   NOT NULL, -- one of the product's own, or the id of a row in roles
    team_id       TEXT   REFERENCES teams (id), -- NULL: in no team, which is one too
    epoch         BIGINT NOT NULL DEFAULT 0, -- raised to end every session
    disabled_at   BIGINT,
    removed_at    BIGINT, -- no longer of the business: address, password and factors are gone
    version       BIGINT NOT NULL DEFAULT 1,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash   TEXT   PRIMARY KEY,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch        BIGINT NOT NULL,
    address      TEXT,
    device       TEXT, -- phone, tablet, computer
    system       TEXT,
    browser      TEXT,
    time_zone    TEXT,
    method       TEXT   NOT NULL DEFAULT '', -- how it began: password, oidc, remembered, setup, invitation
    proved_at    BIGINT NOT NULL DEFAULT 0, -- last time the person proved who they are
    selector     TEXT, -- of the remembered browser that it came from
    data         BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL -- absolute end
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE setup_links (
    token_hash TEXT   PRIMARY KEY,
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- Failed attempts per keyed hash of what was tried, so that a restart forgets nothing.
CREATE TABLE throttles (
    key_hash   TEXT   PRIMARY KEY,
    failures   BIGINT NOT NULL,
    next_at    BIGINT NOT NULL, -- no attempt is looked at before
    updated_at BIGINT NOT NULL
);

-- A form that was submitted twice has one effect.
CREATE TABLE form_keys (
    form_key   TEXT   PRIMARY KEY,
    result     TEXT   NOT NULL, -- id of what it made
    created_at BIGINT NOT NULL
);

-- ── vault ─────────────────────────────────────────────────────────────────
CREATE TABLE vault_keys (
    id         TEXT   PRIMARY KEY,
    purpose    TEXT   NOT NULL, -- creds, fields, files, index-hmac, audit-sign
    version    BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL, -- age, to the master identity
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    UNIQUE (purpose, version)
);

CREATE TABLE secrets (
    id           TEXT   PRIMARY KEY,
    provider     TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL, -- XChaCha20-Poly1305, bound to this row
    last4        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (provider, name)
);

-- Each use of a secret, counted by purpose and hour.
CREATE TABLE secret_uses (
    secret_id TEXT   NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
    purpose   TEXT   NOT NULL,
    hour_at   BIGINT NOT NULL,
    uses      BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    PRIMARY KEY (secret_id, purpose, hour_at)
);

-- ── providers ─────────────────────────────────────────────────────────────
CREATE TABLE connections (
    provider      TEXT   PRIMARY KEY,
    account       TEXT   NOT NULL, -- the provider's id of our account
    service       TEXT   NOT NULL DEFAULT '', -- Twilio Messaging Service
    state         TEXT   NOT NULL CHECK (state IN ('connected', 'failing', 'disconnected')),
    error_code    TEXT   NOT NULL DEFAULT '',
    error_at      BIGINT,
    success_at    BIGINT,
    hook_at       BIGINT, -- last accepted signed callback
    tested_at     BIGINT, -- last signed test callback that came through
    caught_up_at  BIGINT, -- everything before it was fetched or delivered
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

-- The business's own numbers. forward_to: E.164, space-separated, rung together.
CREATE TABLE lines (
    id         TEXT   PRIMARY KEY,
    provider   TEXT   NOT NULL REFERENCES connections (provider),
    number     TEXT   NOT NULL UNIQUE,
    forward_to TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- ── people the business deals with ────────────────────────────────────────
CREATE TABLE contacts (
    id               TEXT   PRIMARY KEY,
    name             TEXT   NOT NULL, -- empty while nobody has told
    name_key         TEXT   NOT NULL, -- folded, for order; the number while there is no name
    phone            TEXT   NOT NULL DEFAULT '', -- match key of the main number, and its state:
    phone_state      TEXT   NOT NULL DEFAULT '', -- what a list shows, so that no row of it needs a join
    email            TEXT   NOT NULL DEFAULT '', -- as the phone: a copy of the main address
    company          TEXT   NOT NULL DEFAULT '', -- a copy of the main company's name
    about            TEXT   NOT NULL DEFAULT '',
    language         TEXT   NOT NULL DEFAULT '', -- BCP 47
    time_zone        TEXT   NOT NULL DEFAULT '', -- IANA
    source           TEXT   NOT NULL CHECK (source IN ('manual', 'call', 'sms', 'import', 'form', 'webhook', 'demo')),
    basis            TEXT   NOT NULL DEFAULT '' CHECK (basis IN ('', 'consent', 'contract', 'legal_obligation', 'vital_interest', 'public_task', 'legitimate_interest')),
    basis_evidence   TEXT   NOT NULL DEFAULT '', -- what shows it, in words
    basis_at         BIGINT,
    do_not_call_at   BIGINT,
    minor_at         BIGINT, -- possibly a child: nothing is advertised to them
    blocked_at       BIGINT,
    restricted_at    BIGINT,
    restriction      TEXT   NOT NULL DEFAULT '',
    created_by       TEXT,
    owner_id         TEXT, -- user who looks after them; NULL: nobody
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    deleted_at       BIGINT, -- in the bin
    deleted_by       TEXT
);
-- Every list leaves out what is in the bin. The indexes of those that are looked at most: 0005.
CREATE INDEX contacts_by_source ON contacts (source, id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_by_company ON contacts (lower(company), id) WHERE deleted_at IS NULL;
CREATE INDEX contacts_in_bin ON contacts (deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE contact_phones (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    typed      TEXT   NOT NULL,
    e164       TEXT, -- NULL: short code, alphanumeric sender, or not understood
    match_key  TEXT   NOT NULL, -- e164, or 'raw:' and the typed text in lower case
    reversed   TEXT   NOT NULL, -- digits from the last to the first: "ends in 0177" is a prefix
    label      TEXT   NOT NULL DEFAULT '',
    sms_state  TEXT   NOT NULL DEFAULT 'unknown' CHECK (sms_state IN ('unknown', 'able', 'landline', 'unreachable', 'invalid')),
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (contact_id, match_key)
);
CREATE INDEX contact_phones_by_key ON contact_phones (match_key, created_at);
CREATE INDEX contact_phones_by_end ON contact_phones (reversed, contact_id);

CREATE TABLE contact_emails (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    typed      TEXT   NOT NULL,
    match_key  TEXT   NOT NULL, -- lower case
    label      TEXT   NOT NULL DEFAULT '',
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (contact_id, match_key)
);
CREATE INDEX contact_emails_by_key ON contact_emails (match_key);

-- What can be searched; the full-text index of each engine is built over it.
CREATE TABLE search_docs (
    id   BIGINT PRIMARY KEY,
    kind TEXT   NOT NULL CHECK (kind IN ('contact', 'company', 'message', 'note', 'task', 'deal', -- and the same in the bin, which no search asks for:
                                         'bin.contact', 'bin.company', 'bin.message', 'bin.note', 'bin.task', 'bin.deal')),
    ref  TEXT   NOT NULL,
    contact_id TEXT, -- whom it is about; the contact's own id for a contact
    body TEXT   NOT NULL,
    UNIQUE (kind, ref)
);
CREATE INDEX search_docs_by_contact ON search_docs (contact_id);

-- A bulk deletion left terms in the full-text index that must still be merged away.
CREATE TABLE fts_dirty (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL
);

-- ── consent and suppression: keyed hashes, so that an opt-out survives erasure ──
CREATE TABLE suppressions (
    channel      TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'phone')),
    address_hash TEXT   NOT NULL,
    reason       TEXT   NOT NULL CHECK (reason IN ('stop', 'provider')),
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (channel, address_hash)
);

-- Append-only; the state of a consent is a fold over it.
CREATE TABLE consent_events (
    id           TEXT   PRIMARY KEY,
    contact_id   TEXT   REFERENCES contacts (id),
    address_hash TEXT   NOT NULL,
    channel      TEXT   NOT NULL CHECK (channel IN ('sms', 'email', 'phone')),
    purpose      TEXT   NOT NULL CHECK (purpose IN ('reply', 'service', 'marketing', 'all')),
    act          TEXT   NOT NULL CHECK (act IN ('given', 'withdrawn')),
    source       TEXT   NOT NULL CHECK (source IN ('call', 'keyword', 'provider', 'form', 'webhook')),
    evidence     TEXT   NOT NULL, -- id of the call, the message or the lead
    wording      TEXT   NOT NULL DEFAULT '', -- version of the text that disclosed it
    at           BIGINT NOT NULL
);
CREATE INDEX consent_events_by_contact ON consent_events (contact_id, at);

-- ── inbox ─────────────────────────────────────────────────────────────────
CREATE TABLE conversations (
    id            TEXT   PRIMARY KEY,
    contact_id    TEXT   NOT NULL UNIQUE REFERENCES contacts (id),
    state         TEXT   NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'binned')), -- binned with its contact
    unread        BIGINT NOT NULL DEFAULT 0 CHECK (unread >= 0),
    waiting_since BIGINT, -- the person wrote or called and nobody has answered
    answered_at   BIGINT, -- last time a person of the business wrote
    owner_id      TEXT, -- user who answers it; NULL: nobody
    last_at       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    binned_from   TEXT   NOT NULL DEFAULT '' -- what it comes back with from the bin: state, unread, waiting_since
);
CREATE INDEX conversations_by_owner ON conversations (owner_id, state, last_at, id);
CREATE INDEX conversations_by_state ON conversations (state, last_at, id);
CREATE INDEX conversations_waiting ON conversations (last_at, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversations_unread ON conversations (id) WHERE unread > 0;

CREATE TABLE calls (
    id              TEXT   PRIMARY KEY,
    contact_id      TEXT   REFERENCES contacts (id), -- NULL: number withheld
    conversation_id TEXT   REFERENCES conversations (id),
    provider        TEXT   NOT NULL,
    provider_ref    TEXT   NOT NULL,
    direction       TEXT   NOT NULL CHECK (direction IN ('in', 'out')),
    line            TEXT   NOT NULL, -- our number
    peer            TEXT   NOT NULL, -- theirs, as the provider gave it
    outcome         TEXT   NOT NULL CHECK (outcome IN ('ringing', 'answered', 'missed')),
    cause           TEXT   NOT NULL DEFAULT '', -- no-answer, busy, failed, canceled
    seconds         BIGINT NOT NULL DEFAULT 0,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    UNIQUE (provider, provider_ref)
);
CREATE INDEX calls_by_conversation ON calls (conversation_id, started_at, id);
CREATE INDEX calls_by_contact ON calls (contact_id);
CREATE INDEX calls_by_time ON calls (started_at);

CREATE TABLE messages (
    id              TEXT   PRIMARY KEY,
    contact_id      TEXT   NOT NULL REFERENCES contacts (id),
    conversation_id TEXT   NOT NULL REFERENCES conversations (id),
    channel         TEXT   NOT NULL CHECK (channel IN ('sms')),
    direction       TEXT   NOT NULL CHECK (direction IN ('in', 'out')),
    class           TEXT   NOT NULL DEFAULT '' CHECK (class IN ('', 'reply', 'service', 'marketing')),
    body            TEXT   NOT NULL,
    line            TEXT   NOT NULL, -- our number
    peer            TEXT   NOT NULL, -- theirs
    -- Out: queued → sending → sent → delivered → read, or refused, failed, undelivered, unconfirmed. In: received.
    state           TEXT   NOT NULL CHECK (state IN ('received', 'queued', 'sending', 'unconfirmed', 'refused', 'sent', 'undelivered', 'failed', 'delivered', 'read')),
    state_rank      BIGINT NOT NULL, -- never lowered
    error_code      TEXT   NOT NULL DEFAULT '', -- the provider's
    gate            TEXT   NOT NULL DEFAULT '', -- the gate's reason, when it refused
    provider        TEXT   NOT NULL,
    provider_ref    TEXT,
    retry_of        TEXT   REFERENCES messages (id) ON DELETE SET NULL,
    call_id         TEXT   UNIQUE REFERENCES calls (id) ON DELETE SET NULL, -- the missed call this text answers: one text a call
    form_key        TEXT   UNIQUE,
    segments        BIGINT NOT NULL DEFAULT 0,
    media           BIGINT NOT NULL DEFAULT 0,
    author          TEXT, -- user id; NULL: the system
    created_at      BIGINT NOT NULL,
    sent_at         BIGINT,
    updated_at      BIGINT NOT NULL,
    UNIQUE (provider, provider_ref)
);
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at, id);
CREATE INDEX messages_by_contact ON messages (contact_id);
CREATE INDEX messages_retried ON messages (retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX messages_in_trouble ON messages (conversation_id) WHERE state IN ('failed', 'undelivered', 'unconfirmed');
CREATE INDEX messages_automatic ON messages (created_at) WHERE author IS NULL AND direction = 'out';
CREATE INDEX messages_in_flight ON messages (state, created_at) WHERE state IN ('queued', 'sending', 'unconfirmed');

-- Media that came with a message: noted now, fetched by a later job.
CREATE TABLE message_media (
    message_id   TEXT   NOT NULL REFERENCES messages (id),
    position     BIGINT NOT NULL,
    content_type TEXT   NOT NULL,
    provider_url TEXT   NOT NULL,
    PRIMARY KEY (message_id, position)
);

-- A note is about a contact, then it stands in their conversation, or about a company.
CREATE TABLE notes (
    id              TEXT   PRIMARY KEY,
    contact_id      TEXT   REFERENCES contacts (id),
    conversation_id TEXT   REFERENCES conversations (id),
    company_id      TEXT, -- of companies
    deal_id         TEXT, -- of deals
    body            TEXT   NOT NULL,
    form_key        TEXT   UNIQUE,
    author          TEXT,
    pinned_at       BIGINT,
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT,
    deleted_at      BIGINT
);
CREATE INDEX notes_by_conversation ON notes (conversation_id, created_at, id);
CREATE INDEX notes_by_contact ON notes (contact_id, created_at, id);
CREATE INDEX notes_by_company ON notes (company_id, created_at, id) WHERE company_id IS NOT NULL;
CREATE INDEX notes_by_deal ON notes (deal_id, created_at, id) WHERE deal_id IS NOT NULL;
CREATE INDEX notes_in_bin ON notes (deleted_at) WHERE deleted_at IS NOT NULL;

-- Why a missed call was, or was not, answered by a text. One row a call.
CREATE TABLE decisions (
    call_id         TEXT   PRIMARY KEY REFERENCES calls (id),
    contact_id      TEXT   REFERENCES contacts (id),
    conversation_id TEXT   REFERENCES conversations (id),
    verdict         TEXT   NOT NULL CHECK (verdict IN ('texted', 'refused')),
    reason          TEXT   NOT NULL, -- code of the first rule that refused; empty when texted
    wording         TEXT   NOT NULL DEFAULT '', -- which text was chosen: open, closed
    at              BIGINT NOT NULL
);
CREATE INDEX decisions_by_conversation ON decisions (conversation_id, at, call_id);
CREATE INDEX decisions_by_contact ON decisions (contact_id);
CREATE INDEX decisions_by_time ON decisions (at);

CREATE TABLE tasks (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT   REFERENCES contacts (id),
    call_id    TEXT   UNIQUE REFERENCES calls (id),
    company_id TEXT, -- of companies
    deal_id    TEXT, -- of deals
    kind       TEXT   NOT NULL CHECK (kind IN ('call_back', 'todo')),
    title      TEXT   NOT NULL DEFAULT '', -- empty: the kind says it
    body       TEXT   NOT NULL DEFAULT '',
    owner_id   TEXT, -- user whose it is; NULL: whoever comes first
    due_at     BIGINT NOT NULL,
    all_day    BIGINT NOT NULL DEFAULT 0, -- 1: due on a day, not at a minute
    remind_at  BIGINT, -- next reminder; NULL: none is to come
    remind_before BIGINT, -- minutes from the reminder to when it is due; NULL: none is wanted
    repeats    TEXT   NOT NULL DEFAULT '', -- RRULE of RFC 5545
    repeats_from BIGINT, -- when this turn was due before it was put off: the rule counts from there
    repeat_of  TEXT, -- the task that this one followed when it was done
    done_at    BIGINT,
    done_by    TEXT,
    created_by TEXT,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    deleted_at BIGINT
);
CREATE INDEX tasks_open ON tasks (due_at, id) WHERE done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_of_owner ON tasks (owner_id, due_at, id) WHERE done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_to_remind ON tasks (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX tasks_by_company ON tasks (company_id) WHERE company_id IS NOT NULL;
CREATE INDEX tasks_of_deal ON tasks (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX tasks_by_deal ON tasks (deal_id, due_at, all_day) WHERE deal_id IS NOT NULL AND done_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_in_bin ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX tasks_by_contact ON tasks (contact_id, done_at, id);

-- ── what arrived ──────────────────────────────────────────────────────────
-- Itself the durable queue. The id is made in the order of arrival.
CREATE TABLE inbound_events (
    id           TEXT   PRIMARY KEY,
    provider     TEXT   NOT NULL,
    key_hash     TEXT   NOT NULL, -- keyed hash of the provider's event key
    kind         TEXT   NOT NULL,
    peer_hash    TEXT   NOT NULL, -- keyed hash of the sender: the order within a conversation, and erasure
    sealed       BYTEA, -- the payload, until it is 7 days old
    state        TEXT   NOT NULL CHECK (state IN ('new', 'done', 'parked')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    error_code   TEXT   NOT NULL DEFAULT '',
    received_at  BIGINT NOT NULL,
    processed_at BIGINT,
    UNIQUE (provider, key_hash)
);
CREATE INDEX inbound_events_new ON inbound_events (provider, id) WHERE state = 'new';
CREATE INDEX inbound_events_by_time ON inbound_events (received_at);
CREATE INDEX inbound_events_sealed ON inbound_events (received_at) WHERE sealed IS NOT NULL;
CREATE INDEX inbound_events_by_peer ON inbound_events (peer_hash);

-- ── what was done ─────────────────────────────────────────────────────────
CREATE TABLE events (
    id         TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL, -- id of the record
    contact_id TEXT,
    actor      TEXT,
    at         BIGINT NOT NULL,
    data       TEXT   NOT NULL -- JSON of ids and amounts
);
CREATE INDEX events_by_subject ON events (subject, at);
CREATE INDEX events_by_contact ON events (contact_id);
CREATE INDEX events_by_time ON events (at);
-- What became of a contact, for its card: the range is contact.*, and a query must have it in these words.
CREATE INDEX events_of_contact ON events (contact_id, at, id) WHERE kind >= 'contact.' AND kind < 'contact/';

-- Two personal parts a row, each behind its own salted commitment: what was
-- done to whom goes with the person, who did it when goes after 90 days.
CREATE TABLE audit (
    seq           BIGINT PRIMARY KEY,
    day           BIGINT NOT NULL,
    action        TEXT   NOT NULL,
    actor         TEXT,
    at            BIGINT,
    address       TEXT, -- where from
    actor_salt    BYTEA,
    actor_commit  BYTEA  NOT NULL,
    object        TEXT,
    contact_id    TEXT,
    object_salt   BYTEA,
    object_commit BYTEA  NOT NULL,
    hash          BYTEA  NOT NULL
);
CREATE INDEX audit_by_contact ON audit (contact_id, seq);
CREATE INDEX audit_by_day ON audit (day, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_personal ON audit (at) WHERE at IS NOT NULL;

CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash BYTEA  NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

CREATE TABLE audit_checkpoints (
    day       BIGINT PRIMARY KEY,
    seq       BIGINT NOT NULL,
    hash      BYTEA  NOT NULL,
    signature BYTEA  NOT NULL -- Ed25519
);

-- Each time a fact about a person left for a processor.
CREATE TABLE disclosures (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT,
    processor  TEXT   NOT NULL,
    purpose    TEXT   NOT NULL,
    fields     TEXT   NOT NULL, -- names, space-separated
    ref        TEXT   NOT NULL DEFAULT '', -- id of the message or call
    bytes      BIGINT NOT NULL,
    result     TEXT   NOT NULL, -- pending, then the status code or an error class
    at         BIGINT NOT NULL
);
CREATE INDEX disclosures_by_contact ON disclosures (contact_id, at);
CREATE INDEX disclosures_by_time ON disclosures (at);
CREATE INDEX disclosures_pending ON disclosures (at) WHERE result = 'pending';

-- ── privacy ───────────────────────────────────────────────────────────────
CREATE TABLE erasures (
    id            TEXT   PRIMARY KEY,
    contact_id    TEXT, -- until it is done
    subject_key   TEXT   NOT NULL, -- keyed hash of the contact id, as in the ledger
    state         TEXT   NOT NULL CHECK (state IN ('planned', 'destroying', 'proving', 'done', 'failed')),
    plan          TEXT   NOT NULL, -- JSON: counts only
    receipt       TEXT   NOT NULL DEFAULT '', -- JSON: counts only
    needles       BYTEA, -- sealed: what the proof looks for, until it is done
    needle_hashes TEXT, -- keyed, space-separated: a later proof knows what was erased
    requested_by  TEXT,
    created_at    BIGINT NOT NULL,
    finished_at   BIGINT
);

-- Copies at a provider that must be deleted there.
CREATE TABLE erasure_remotes (
    id         TEXT   PRIMARY KEY,
    erasure_id TEXT   NOT NULL REFERENCES erasures (id),
    provider   TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('message', 'call')),
    ref        TEXT, -- the provider's id, until it is gone there
    state      TEXT   NOT NULL CHECK (state IN ('pending', 'done', 'gone', 'failed')),
    code       TEXT   NOT NULL DEFAULT '',
    attempts   BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
);
CREATE INDEX erasure_remotes_by_erasure ON erasure_remotes (erasure_id);

-- The database's copy of the erasure ledger file: what must stand in it.
CREATE TABLE ledger_entries (
    seq     BIGINT PRIMARY KEY,
    act     TEXT   NOT NULL CHECK (act IN ('erase', 'forget', 'erased', 'suppress', 'unsuppress', 'restrict', 'unrestrict')),
    subject TEXT   NOT NULL, -- keyed hash
    at      BIGINT NOT NULL,
    hash    TEXT   NOT NULL
);
CREATE INDEX ledger_entries_by_subject ON ledger_entries (subject);

CREATE TABLE sweep_runs (
    id          TEXT   PRIMARY KEY,
    rule        TEXT   NOT NULL,
    row_count   BIGINT NOT NULL,
    batches     BIGINT NOT NULL,
    error_code  TEXT   NOT NULL DEFAULT '',
    started_at  BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX sweep_runs_by_time ON sweep_runs (started_at);
