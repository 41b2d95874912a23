-- +goose Up

-- The words of search_docs, which keeps the text. Parts of words are looked for
-- in the text itself, and only when no word begins with what was typed.
CREATE TABLE search_words (
    id    BIGINT   PRIMARY KEY REFERENCES search_docs (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_words_by_word ON search_words USING gin (words);
