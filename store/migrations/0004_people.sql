-- +goose Up

-- ── companies ─────────────────────────────────────────────────────────────
CREATE TABLE companies (
    id               TEXT   PRIMARY KEY,
    name             TEXT   NOT NULL CHECK (name <> ''),
    name_key         TEXT   NOT NULL, -- folded, for order and for matching
    website          TEXT   NOT NULL DEFAULT '',
    domain           TEXT   NOT NULL DEFAULT '', -- of the website, lower case, without www.
    industry         TEXT   NOT NULL DEFAULT '',
    about            TEXT   NOT NULL DEFAULT '',
    owner_id         TEXT,
    source           TEXT   NOT NULL CHECK (source IN ('manual', 'import', 'form', 'webhook', 'demo')),
    created_by       TEXT,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    deleted_at       BIGINT,
    deleted_by       TEXT,
    merged_into      TEXT -- of one in the bin: what it became
);
CREATE INDEX companies_by_name ON companies (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX companies_by_activity ON companies (last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX companies_by_domain ON companies (domain) WHERE domain <> '' AND deleted_at IS NULL;
CREATE INDEX companies_in_bin ON companies (deleted_at) WHERE deleted_at IS NOT NULL;

-- A company's numbers, addresses of mail and places.
CREATE TABLE company_points (
    id         TEXT   PRIMARY KEY,
    company_id TEXT   NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL CHECK (kind IN ('phone', 'email', 'address')),
    label      TEXT   NOT NULL DEFAULT '',
    typed      TEXT   NOT NULL, -- an address: JSON of its parts, as in contact_addresses
    match_key  TEXT   NOT NULL DEFAULT '',
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX company_points_by_company ON company_points (company_id, kind, position);
CREATE INDEX company_points_by_key ON company_points (match_key) WHERE match_key <> '';

-- Who works where, and as what. The one in position 0 is the main company.
CREATE TABLE contact_companies (
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    company_id TEXT   NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    role       TEXT   NOT NULL DEFAULT '',
    former     BIGINT NOT NULL DEFAULT 0, -- 1: no longer
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, company_id)
);
CREATE INDEX contact_companies_by_company ON contact_companies (company_id, contact_id);

CREATE TABLE contact_addresses (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    label      TEXT   NOT NULL DEFAULT '',
    street     TEXT   NOT NULL DEFAULT '', -- may have several lines
    city       TEXT   NOT NULL DEFAULT '',
    region     TEXT   NOT NULL DEFAULT '',
    postcode   TEXT   NOT NULL DEFAULT '',
    country    TEXT   NOT NULL DEFAULT '', -- ISO 3166, or as typed
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contact_addresses_by_contact ON contact_addresses (contact_id, position);

-- Where what is known of a person came from: one row each time.
CREATE TABLE provenances (
    id         TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    source     TEXT   NOT NULL CHECK (source IN ('manual', 'call', 'sms', 'import', 'form', 'webhook', 'merge', 'demo')),
    ref        TEXT   NOT NULL DEFAULT '', -- id of the call, the message, the import, the contact merged in
    actor      TEXT,
    at         BIGINT NOT NULL
);
CREATE INDEX provenances_by_contact ON provenances (contact_id, at);

-- ── tags and fields of the business's own ─────────────────────────────────
CREATE TABLE tags (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL CHECK (name <> ''),
    name_key   TEXT   NOT NULL,
    colour     TEXT   NOT NULL DEFAULT '' CHECK (colour IN ('', 'green', 'blue', 'yellow', 'red', 'violet')),
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT -- who had it gets it back with it; below zero: it is being taken from them for good
);
CREATE UNIQUE INDEX tags_by_name ON tags (name_key) WHERE deleted_at IS NULL;
CREATE TABLE contact_tags (
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    tag_id     TEXT   NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (contact_id, tag_id)
);
CREATE INDEX contact_tags_by_tag ON contact_tags (tag_id, contact_id);
CREATE TABLE company_tags (
    company_id TEXT   NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    tag_id     TEXT   NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (company_id, tag_id)
);
CREATE INDEX company_tags_by_tag ON company_tags (tag_id, company_id);

CREATE TABLE fields (
    id         TEXT   PRIMARY KEY,
    record     TEXT   NOT NULL CHECK (record IN ('contact', 'company', 'deal')),
    name       TEXT   NOT NULL CHECK (name <> ''),
    name_key   TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('text', 'number', 'money', 'date', 'choice', 'yesno', 'link')),
    choices    TEXT   NOT NULL DEFAULT '', -- JSON: [{"id","name"}]; one that is no longer offered has "gone"
    currency   TEXT   NOT NULL DEFAULT '', -- of money
    personal   BIGINT NOT NULL DEFAULT 1, -- 0: tells nothing about the person; decides what is veiled
    position   BIGINT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT -- its values wait in the bin with it; below zero: they are going for good
);
CREATE INDEX fields_by_record ON fields (record, position);

-- A value stands in one of two columns: words for text, link and choice (its
-- id); num for number (millionths), money (minor units), date (UTC midnight in
-- milliseconds), yesno (0 or 1). words_key: folded, for filters and order.
CREATE TABLE contact_fields (
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    field_id   TEXT   NOT NULL REFERENCES fields (id) ON DELETE CASCADE,
    words      TEXT,
    words_key  TEXT,
    num        BIGINT,
    PRIMARY KEY (contact_id, field_id)
);
CREATE INDEX contact_fields_by_words ON contact_fields (field_id, words_key, contact_id);
CREATE INDEX contact_fields_by_num ON contact_fields (field_id, num, contact_id) WHERE num IS NOT NULL;
CREATE TABLE company_fields (
    company_id TEXT   NOT NULL REFERENCES companies (id) ON DELETE CASCADE,
    field_id   TEXT   NOT NULL REFERENCES fields (id) ON DELETE CASCADE,
    words      TEXT,
    words_key  TEXT,
    num        BIGINT,
    PRIMARY KEY (company_id, field_id)
);
CREATE INDEX company_fields_by_words ON company_fields (field_id, words_key, company_id);
CREATE INDEX company_fields_by_num ON company_fields (field_id, num, company_id) WHERE num IS NOT NULL;

-- ── lists ─────────────────────────────────────────────────────────────────
-- A view is what an address of a list stands for. A draft is one that nobody
-- has named: what was typed into a filter stays out of the address.
CREATE TABLE views (
    id         TEXT   PRIMARY KEY,
    record     TEXT   NOT NULL CHECK (record IN ('contact', 'company', 'deal')),
    name       TEXT   NOT NULL DEFAULT '', -- empty: a draft
    owner_id   TEXT, -- NULL: its owner has left
    shared     BIGINT NOT NULL DEFAULT 0,
    query      TEXT   NOT NULL, -- JSON: conditions, any or all, sort, columns
    query_hash TEXT   NOT NULL, -- one draft for one question
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    used_at    BIGINT -- of drafts, which go 30 days later; NULL: named
);
CREATE INDEX views_by_owner ON views (record, owner_id);
CREATE INDEX views_drafts ON views (used_at) WHERE used_at IS NOT NULL;
-- What each colleague wants of a view.
CREATE TABLE view_choices (
    user_id TEXT   NOT NULL,
    view_id TEXT   NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    pinned  BIGINT NOT NULL DEFAULT 0, -- 1: beside the whole list
    first   BIGINT NOT NULL DEFAULT 0, -- 1: what the list begins with
    PRIMARY KEY (user_id, view_id)
);
CREATE INDEX view_choices_by_view ON view_choices (view_id);

-- ── long work: bulk edits, imports, exports, searches for duplicates ──────
-- Done in small steps by a job; cursor is where the next one begins, so that a
-- crash repeats nothing.
CREATE TABLE operations (
    id          TEXT   PRIMARY KEY,
    kind        TEXT   NOT NULL,
    actor       TEXT, -- user who asked for it: their rights as of each step
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    total       BIGINT NOT NULL DEFAULT 0, -- 0: not known
    done        BIGINT NOT NULL DEFAULT 0,
    changed     BIGINT NOT NULL DEFAULT 0,
    skipped     BIGINT NOT NULL DEFAULT 0,
    cursor      TEXT   NOT NULL DEFAULT '',
    params      TEXT   NOT NULL DEFAULT '', -- JSON
    result      TEXT   NOT NULL DEFAULT '', -- JSON of counts
    undo_id     TEXT, -- what takes it back
    error_code  TEXT   NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX operations_open ON operations (state, created_at) WHERE state IN ('waiting', 'running');
CREATE INDEX operations_by_time ON operations (created_at);

-- ── undo ──────────────────────────────────────────────────────────────────
-- A change that can be taken back for 30 days.
CREATE TABLE undos (
    id         TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL, -- the event of the change: contact.changed, contact.merged …
    actor      TEXT,
    contact_id TEXT, -- when it is about one
    row_count  BIGINT NOT NULL DEFAULT 0,
    at         BIGINT NOT NULL,
    undone_at  BIGINT
);
CREATE INDEX undos_by_time ON undos (at);
CREATE INDEX undos_by_contact ON undos (contact_id);
CREATE INDEX undos_by_actor ON undos (actor, at);

-- Each row that the change touched, as it was before and as it was left.
CREATE TABLE undo_rows (
    undo_id    TEXT   NOT NULL REFERENCES undos (id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    contact_id TEXT, -- whose row it is
    unit       TEXT   NOT NULL, -- rows that only go back together: a person's, a company's
    tbl        TEXT   NOT NULL,
    row_key    TEXT   NOT NULL,
    before_row TEXT, -- JSON of the columns that changed, of all where it went; NULL: it was not there
    after_hash TEXT, -- of what the change left; NULL: it is not there any more
    at         BIGINT NOT NULL,
    PRIMARY KEY (undo_id, seq),
    UNIQUE (undo_id, tbl, row_key)
);
CREATE INDEX undo_rows_by_contact ON undo_rows (contact_id);
CREATE INDEX undo_rows_by_unit ON undo_rows (undo_id, unit);

-- ── duplicates ────────────────────────────────────────────────────────────
-- Two contacts that may be one, or, once somebody has said so, are not.
CREATE TABLE duplicates (
    contact_id TEXT   NOT NULL REFERENCES contacts (id), -- the older id of the two
    other_id   TEXT   NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    reasons    TEXT   NOT NULL, -- space-separated: phone email name_company name_place
    score      BIGINT NOT NULL,
    state      TEXT   NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'separate')),
    decided_by TEXT,
    at         BIGINT NOT NULL,
    PRIMARY KEY (contact_id, other_id)
);
CREATE INDEX duplicates_by_other ON duplicates (other_id);
CREATE INDEX duplicates_open ON duplicates (score, contact_id, other_id) WHERE state = 'open';

-- What became of a contact that went into another: its address leads there.
CREATE TABLE merges (
    gone_id    TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL REFERENCES contacts (id), -- that was kept
    thread_id  TEXT, -- their conversation, where it became part of another
    undo_id    TEXT,
    actor      TEXT,
    at         BIGINT NOT NULL
);
CREATE INDEX merges_by_contact ON merges (contact_id);
CREATE INDEX merges_by_thread ON merges (thread_id) WHERE thread_id IS NOT NULL;

-- ── import ────────────────────────────────────────────────────────────────
CREATE TABLE imports (
    id             TEXT   PRIMARY KEY,
    operation_id   TEXT, -- once it runs
    file_id        TEXT, -- what was uploaded, until it is done with
    rejects_id     TEXT, -- the lines that were not taken, with reasons
    file_name      TEXT   NOT NULL DEFAULT '',
    format         TEXT   NOT NULL, -- csv, xlsx, vcard, archive
    preset         TEXT   NOT NULL DEFAULT '', -- hubspot, google …
    settings       TEXT   NOT NULL, -- JSON: encoding, delimiter, header, sheet, mapping, dates
    country        TEXT   NOT NULL DEFAULT '',
    basis          TEXT   NOT NULL DEFAULT '',
    basis_evidence TEXT   NOT NULL DEFAULT '',
    mode           TEXT   NOT NULL DEFAULT 'add' CHECK (mode IN ('add', 'fill', 'overwrite')),
    match_by       TEXT   NOT NULL DEFAULT '', -- phone, email, or both
    state          TEXT   NOT NULL CHECK (state IN ('draft', 'checking', 'ready', 'running', 'done', 'failed', 'cancelled', 'undone')),
    line_count     BIGINT NOT NULL DEFAULT 0, -- physical lines of the file
    header_lines   BIGINT NOT NULL DEFAULT 0, -- of them, those that name the columns,
    blank_lines    BIGINT NOT NULL DEFAULT 0, -- and blank ones; each other is of a record
    records        BIGINT NOT NULL DEFAULT 0,
    created        BIGINT NOT NULL DEFAULT 0,
    updated        BIGINT NOT NULL DEFAULT 0,
    unchanged      BIGINT NOT NULL DEFAULT 0,
    rejected       BIGINT NOT NULL DEFAULT 0,
    suppressed     BIGINT NOT NULL DEFAULT 0,
    flagged        BIGINT NOT NULL DEFAULT 0, -- taken, with something that needs a look
    undone         BIGINT NOT NULL DEFAULT 0, -- records that taking back put right again
    kept           BIGINT NOT NULL DEFAULT 0, -- and those that it left: they were changed since
    undo_id        TEXT,
    created_by     TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    finished_at    BIGINT
);
CREATE INDEX imports_by_time ON imports (created_at);

-- What became of each record of the file: lines from..to of it.
CREATE TABLE import_rows (
    import_id  TEXT   NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line       BIGINT NOT NULL,
    line_end   BIGINT NOT NULL,
    outcome    TEXT   NOT NULL CHECK (outcome IN ('created', 'updated', 'unchanged', 'rejected', 'suppressed', 'undone')),
    reason     TEXT   NOT NULL DEFAULT '', -- code, why it was rejected, or what needs a look; and the column: phone_text:3
    contact_id TEXT,
    at         BIGINT NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_by_contact ON import_rows (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX import_rows_by_outcome ON import_rows (import_id, outcome, line);

-- ── files ─────────────────────────────────────────────────────────────────
-- Each lies in the data folder as an age stream to its own identity, which
-- stands here sealed: without its row nobody can read it.
CREATE TABLE files (
    id           TEXT   PRIMARY KEY,
    purpose      TEXT   NOT NULL CHECK (purpose IN ('attachment', 'import', 'rejects', 'export')),
    contact_id   TEXT   REFERENCES contacts (id),
    company_id   TEXT   REFERENCES companies (id) ON DELETE CASCADE,
    deal_id      TEXT, -- of deals
    name         TEXT   NOT NULL, -- as it was called where it came from
    content_type TEXT   NOT NULL, -- as its first bytes tell
    size         BIGINT NOT NULL,
    sha256       TEXT   NOT NULL DEFAULT '', -- keyed, of what is in it
    sealed_key   BYTEA  NOT NULL,
    created_by   TEXT,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT, -- of uploads and exports
    deleted_at   BIGINT
);
CREATE INDEX files_by_contact ON files (contact_id, created_at);
CREATE INDEX files_by_company ON files (company_id, created_at) WHERE company_id IS NOT NULL;
CREATE INDEX files_by_deal ON files (deal_id, created_at) WHERE deal_id IS NOT NULL;
CREATE INDEX files_by_end ON files (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX files_in_bin ON files (deleted_at) WHERE deleted_at IS NOT NULL;

-- ── notes and tasks ───────────────────────────────────────────────────────
CREATE TABLE note_mentions (
    note_id TEXT   NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    user_id TEXT   NOT NULL,
    PRIMARY KEY (note_id, user_id)
);
CREATE INDEX note_mentions_by_user ON note_mentions (user_id);

-- What a colleague should see: a reminder, a mention, a piece of work that ended.
CREATE TABLE notifications (
    id         TEXT   PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- task.due, note.mention, operation.done …
    subject    TEXT   NOT NULL, -- id of the record
    contact_id TEXT,
    at         BIGINT NOT NULL,
    read_at    BIGINT
);
CREATE INDEX notifications_by_user ON notifications (user_id, at);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL;
CREATE INDEX notifications_by_time ON notifications (at);
CREATE INDEX notifications_by_contact ON notifications (contact_id);

-- The secret address of a colleague's calendar.
CREATE TABLE calendar_feeds (
    user_id    TEXT   PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    named      BIGINT NOT NULL DEFAULT 0, -- 1: entries name the person they are about
    created_at BIGINT NOT NULL
);

-- What a colleague hears of by mail. No row: reminders, without their titles.
CREATE TABLE notice_choices (
    user_id     TEXT   PRIMARY KEY,
    reminders   BIGINT NOT NULL DEFAULT 1, -- 0: not by mail
    titled      BIGINT NOT NULL DEFAULT 0, -- 1: those mails say what the task is called
    digest_hour BIGINT, -- by the business's clock; NULL: no mail of the day
    digest_on   BIGINT NOT NULL DEFAULT 0, -- the last day that had one, as 20261122
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
