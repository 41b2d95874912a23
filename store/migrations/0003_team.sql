-- +goose Up

-- Tokens stand here as hashes only.
CREATE TABLE invitations (
    id          TEXT   PRIMARY KEY,
    name        TEXT   NOT NULL,
    email       TEXT   NOT NULL, -- as typed
    email_key   TEXT   NOT NULL, -- as in users
    role        TEXT   NOT NULL,
    team_id     TEXT   REFERENCES teams (id),
    token_hash  TEXT   UNIQUE, -- of the newest link; NULL: none is out, or none works any more
    invited_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    accepted_at BIGINT,
    revoked_at  BIGINT
);
CREATE INDEX invitations_by_email ON invitations (email_key);
CREATE INDEX invitations_by_end ON invitations (expires_at);

CREATE TABLE password_resets (
    token_hash TEXT   PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);

-- The seed of a person's authenticator app. last_step: no code of it or an earlier step counts again.
CREATE TABLE second_factors (
    user_id    TEXT   PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed     BYTEA  NOT NULL, -- XChaCha20-Poly1305, bound to this row
    last_step  BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

-- Accounts elsewhere that sign a person in: issuer and subject, never the address.
CREATE TABLE identities (
    issuer       TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email        TEXT   NOT NULL DEFAULT '', -- shown to the person, compared with nothing
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Browsers that stay signed in. The validator changes with each use.
CREATE TABLE remembered (
    selector       TEXT   PRIMARY KEY,
    user_id        TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    validator_hash TEXT   NOT NULL,
    previous_hash  TEXT   NOT NULL DEFAULT '', -- still good for a moment: two tabs opened at once
    rotated_at     BIGINT NOT NULL,
    epoch          BIGINT NOT NULL,
    second_factor  BIGINT NOT NULL DEFAULT 0, -- 1: it was given when the browser was remembered
    address        TEXT,
    device         TEXT,
    created_at     BIGINT NOT NULL,
    last_used_at   BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX remembered_by_user ON remembered (user_id);
CREATE INDEX remembered_by_end ON remembered (expires_at);

-- A sign-in that has begun and is not finished: between password and code, or
-- away at an identity provider. The browser holds the token.
CREATE TABLE challenges (
    token_hash TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('second_factor', 'oidc')),
    user_id    TEXT   REFERENCES users (id) ON DELETE CASCADE, -- whose password was right, or who links an account
    data       TEXT   NOT NULL, -- JSON: choices, no secret
    tries      BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_by_end ON challenges (expires_at);

-- Every try to sign in as somebody who is there.
CREATE TABLE sign_ins (
    id        TEXT   PRIMARY KEY,
    user_id   TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method    TEXT   NOT NULL, -- password, code, recovery, oidc, remembered, setup, invitation, reset
    outcome   TEXT   NOT NULL, -- ok, or why not
    address   TEXT,
    device    TEXT,
    system    TEXT,
    browser   TEXT,
    time_zone TEXT,
    at        BIGINT NOT NULL
);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id, at);
CREATE INDEX sign_ins_by_time ON sign_ins (at);

-- Mail of the product to its own people. What a mail says is made when it
-- leaves, so that no link with a token ever stands here.
CREATE TABLE mails (
    id            TEXT   PRIMARY KEY,
    template      TEXT   NOT NULL,
    class         TEXT   NOT NULL CHECK (class IN ('security', 'account', 'notice')),
    user_id       TEXT   REFERENCES users (id) ON DELETE CASCADE,
    invitation_id TEXT   REFERENCES invitations (id) ON DELETE CASCADE,
    subject_id    TEXT   NOT NULL DEFAULT '', -- id of what it tells of
    actor         TEXT   NOT NULL DEFAULT '', -- who did it
    address       TEXT   NOT NULL DEFAULT '', -- of somebody whose account is gone, until the mail is
    state         TEXT   NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'refused', 'unconfirmed')),
    attempts      BIGINT NOT NULL DEFAULT 0,
    error_code    TEXT   NOT NULL DEFAULT '',
    provider      TEXT   NOT NULL DEFAULT '',
    provider_ref  TEXT   NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    sent_at       BIGINT,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX mails_by_time ON mails (created_at, id);
CREATE INDEX mails_by_user ON mails (user_id);
CREATE INDEX mails_on_their_way ON mails (state, created_at) WHERE state IN ('queued', 'sending', 'unconfirmed');

-- Whom a mail leads to, by id alone. It goes with that person; the mail stays.
CREATE TABLE mail_contacts (
    mail_id    TEXT   PRIMARY KEY,
    contact_id TEXT   NOT NULL,
    record_id  TEXT   NOT NULL, -- of theirs: the contact, a conversation
    created_at BIGINT NOT NULL
);
CREATE INDEX mail_contacts_by_contact ON mail_contacts (contact_id);

-- Classes of mail that a person does not want. Only what may be refused stands here.
CREATE TABLE mail_refusals (
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    class      TEXT   NOT NULL CHECK (class IN ('notice')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, class)
);

-- The end of the business on this instance: asked for, waited for, done or called off.
CREATE TABLE closings (
    id           TEXT   PRIMARY KEY,
    asked_by     TEXT, -- NULL: gone with everybody
    asked_at     BIGINT NOT NULL,
    purge_at     BIGINT NOT NULL,
    cancelled_at BIGINT,
    begun_at     BIGINT, -- from here on there is no way back
    purged_at    BIGINT,
    receipt      TEXT   NOT NULL DEFAULT '' -- JSON: counts and dates
);
