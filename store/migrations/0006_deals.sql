-- +goose Up

-- ── pipelines ─────────────────────────────────────────────────────────────
CREATE TABLE pipelines (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL CHECK (name <> ''),
    name_key   TEXT   NOT NULL, -- folded
    template   TEXT   NOT NULL DEFAULT '' CHECK (template IN ('', 'sales', 'buyback', 'service')), -- what it was made of
    currency   TEXT   NOT NULL, -- ISO 4217: that of a new deal
    position   BIGINT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT -- once no deal is open in it; those that ended stay
);
CREATE INDEX pipelines_in_order ON pipelines (position, id);

-- A pipeline has at least one stage of each kind. One that is deleted has no
-- deal any more, and stays for the history of those that passed through it.
CREATE TABLE stages (
    id          TEXT   PRIMARY KEY,
    pipeline_id TEXT   NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL CHECK (name <> ''),
    name_key    TEXT   NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('open', 'won', 'lost')),
    probability BIGINT NOT NULL, -- percent; won 100, lost 0
    required    TEXT   NOT NULL DEFAULT '', -- keys of fields, space-separated: what a deal must have to come here
    idle_days   BIGINT, -- without activity: then a deal is idle; NULL: never
    position    BIGINT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT
);
CREATE INDEX stages_by_pipeline ON stages (pipeline_id, position, id);

-- Why deals are won or lost, as the business says it.
CREATE TABLE deal_reasons (
    id         TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('won', 'lost')),
    name       TEXT   NOT NULL CHECK (name <> ''),
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT -- no longer offered
);

-- ── deals ─────────────────────────────────────────────────────────────────
CREATE TABLE deals (
    id               TEXT   PRIMARY KEY,
    number           BIGINT NOT NULL UNIQUE, -- what people call it by
    title            TEXT   NOT NULL DEFAULT '', -- empty: called by its number
    title_key        TEXT   NOT NULL DEFAULT '',
    pipeline_id      TEXT   NOT NULL REFERENCES pipelines (id),
    stage_id         TEXT   NOT NULL REFERENCES stages (id),
    status           TEXT   NOT NULL CHECK (status IN ('open', 'won', 'lost')), -- the kind of its stage
    entered_at       BIGINT NOT NULL, -- its stage
    closed_at        BIGINT, -- won or lost
    contact_id       TEXT   REFERENCES contacts (id), -- with whom; NULL: nobody, or somebody who was erased
    company_id       TEXT,
    conversation_id  TEXT, -- the thread that it is about
    owner_id         TEXT,
    amount           BIGINT NOT NULL DEFAULT 0, -- minor units; with lines: their sum before tax
    currency         TEXT   NOT NULL,
    has_lines        BIGINT NOT NULL DEFAULT 0,
    probability      BIGINT NOT NULL, -- the stage's, or its own
    own_probability  BIGINT NOT NULL DEFAULT 0, -- 1: somebody said it; a move leaves it
    weighted         BIGINT NOT NULL DEFAULT 0, -- amount by probability, rounded half away from nought
    closes_on        BIGINT, -- expected: UTC midnight of the day
    source           TEXT   NOT NULL CHECK (source IN ('manual', 'call', 'sms', 'form', 'webhook', 'import', 'demo')),
    source_id        TEXT, -- the form or the webhook
    created_by       TEXT,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    deleted_at       BIGINT,
    deleted_by       TEXT,
    erased_at        BIGINT -- the last time somebody whom it was with was erased
);
-- A lane of the board: its newest first, and what its sums are made of.
CREATE INDEX deals_on_board ON deals (stage_id, last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_summed ON deals (pipeline_id, stage_id, currency, owner_id, amount, weighted) WHERE deleted_at IS NULL AND status = 'open';
CREATE INDEX deals_by_activity ON deals (last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_status ON deals (status, last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_status_title ON deals (status, title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_status_amount ON deals (status, amount, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_status_created ON deals (status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_status_close ON deals (status, (COALESCE(closes_on, 0)), id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_created ON deals (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_any_close ON deals ((COALESCE(closes_on, 0)), id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_title ON deals (title_key, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_amount ON deals (amount, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_of_owner ON deals (owner_id, status, last_activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX deals_by_close ON deals (closes_on, id) WHERE deleted_at IS NULL AND status = 'open';
CREATE INDEX deals_of_leads ON deals (created_at, id) WHERE source IN ('form', 'webhook');
CREATE INDEX deals_closed ON deals (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX deals_by_contact ON deals (contact_id, created_at) WHERE contact_id IS NOT NULL;
CREATE INDEX deals_by_company ON deals (company_id, created_at) WHERE company_id IS NOT NULL;
CREATE INDEX deals_by_thread ON deals (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX deals_aging ON deals ((COALESCE(closed_at, last_activity_at)));
CREATE INDEX deals_in_bin ON deals (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- Who else has to do with a deal, and as what.
CREATE TABLE deal_contacts (
    deal_id    TEXT   NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    contact_id TEXT   NOT NULL REFERENCES contacts (id),
    role       TEXT   NOT NULL DEFAULT '',
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (deal_id, contact_id)
);
CREATE INDEX deal_contacts_by_contact ON deal_contacts (contact_id, deal_id);

CREATE TABLE deal_tags (
    deal_id TEXT NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    tag_id  TEXT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (deal_id, tag_id)
);
CREATE INDEX deal_tags_by_tag ON deal_tags (tag_id, deal_id);

CREATE TABLE deal_fields (
    deal_id   TEXT NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    field_id  TEXT NOT NULL REFERENCES fields (id) ON DELETE CASCADE,
    words     TEXT,
    words_key TEXT,
    num       BIGINT,
    PRIMARY KEY (deal_id, field_id)
);
CREATE INDEX deal_fields_by_words ON deal_fields (field_id, words_key, deal_id) WHERE words_key IS NOT NULL;
CREATE INDEX deal_fields_by_num ON deal_fields (field_id, num, deal_id) WHERE num IS NOT NULL;

-- Where a deal was, and for how long: its stays follow each other without a gap
-- from its creation on, and the last one has no end.
CREATE TABLE deal_stays (
    id          TEXT   PRIMARY KEY,
    deal_id     TEXT   NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    pipeline_id TEXT   NOT NULL,
    stage_id    TEXT   NOT NULL REFERENCES stages (id),
    entered_at  BIGINT NOT NULL,
    left_at     BIGINT,
    went_to     TEXT, -- the stage of the next stay
    moved_by    TEXT -- into it; NULL: the product
);
CREATE INDEX deal_stays_by_deal ON deal_stays (deal_id, entered_at, id);
CREATE INDEX deal_stays_by_stage ON deal_stays (stage_id, entered_at, left_at, went_to, deal_id);
CREATE UNIQUE INDEX deal_stays_now ON deal_stays (deal_id) WHERE left_at IS NULL;

-- How deals went, added up: of the stays that began in a stage in one week, of the
-- deals that somebody looks after, how many went where and how long they took. It
-- changes with every stay and every deal, in their transaction. The bin is left out.
CREATE TABLE deal_flow (
    stage_id TEXT   NOT NULL,
    week     BIGINT NOT NULL, -- since 1970, UTC
    owner_id TEXT   NOT NULL, -- of the deals; empty: nobody
    went_to  TEXT   NOT NULL, -- the next stage; empty: they are there still
    n        BIGINT NOT NULL,
    took     BIGINT NOT NULL, -- milliseconds; of those that went
    PRIMARY KEY (stage_id, week, owner_id, went_to)
);

-- That a deal was won or lost, why, and who said so: one row each time.
CREATE TABLE deal_outcomes (
    id          TEXT   PRIMARY KEY,
    deal_id     TEXT   NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    kind        TEXT   NOT NULL CHECK (kind IN ('won', 'lost')),
    stage_id    TEXT   NOT NULL,
    reason_id   TEXT, -- of deal_reasons
    note        TEXT   NOT NULL DEFAULT '',
    amount      BIGINT NOT NULL, -- as it was then
    currency    TEXT   NOT NULL,
    actor       TEXT,
    at          BIGINT NOT NULL,
    reopened_at BIGINT, -- it counts no longer
    reopened_by TEXT
);
CREATE INDEX deal_outcomes_by_deal ON deal_outcomes (deal_id, at, id);
CREATE INDEX deal_outcomes_by_time ON deal_outcomes (kind, at) WHERE reopened_at IS NULL;

-- ── what is sold or bought ────────────────────────────────────────────────
CREATE TABLE products (
    id          TEXT   PRIMARY KEY,
    code        TEXT   NOT NULL DEFAULT '',
    name        TEXT   NOT NULL CHECK (name <> ''),
    name_key    TEXT   NOT NULL,
    description TEXT   NOT NULL DEFAULT '',
    unit        TEXT   NOT NULL DEFAULT '', -- piece, hour, kg; empty: piece
    price       BIGINT NOT NULL DEFAULT 0, -- minor units, for one, before tax
    currency    TEXT   NOT NULL,
    tax         BIGINT NOT NULL DEFAULT 0, -- hundredths of a percent
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    disabled_at BIGINT -- no longer offered; lines keep it
);
CREATE INDEX products_by_name ON products (name_key, id) WHERE disabled_at IS NULL;
CREATE UNIQUE INDEX products_by_code ON products (code) WHERE code <> '' AND disabled_at IS NULL;

CREATE TABLE deal_lines (
    id         TEXT   PRIMARY KEY,
    deal_id    TEXT   NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    product_id TEXT,
    name       TEXT   NOT NULL, -- as it was typed or as the product was called
    unit       TEXT   NOT NULL DEFAULT '',
    quantity   BIGINT NOT NULL, -- thousandths; less than nought: comes back
    price      BIGINT NOT NULL, -- minor units, for one
    discount   BIGINT NOT NULL DEFAULT 0, -- hundredths of a percent
    tax        BIGINT NOT NULL DEFAULT 0,
    net        BIGINT NOT NULL, -- quantity by price less discount, rounded half away from nought
    created_at BIGINT NOT NULL
);
CREATE INDEX deal_lines_by_deal ON deal_lines (deal_id, position);
CREATE INDEX deal_lines_by_product ON deal_lines (product_id) WHERE product_id IS NOT NULL;
