-- +goose Up

-- Two full-text indexes over search_docs, which keeps the text. secure-delete
-- has a removed row leave no term behind.
CREATE VIRTUAL TABLE search_words USING fts5(body, content = 'search_docs', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5');
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);

-- Asked only when no word begins with what was typed.
CREATE VIRTUAL TABLE search_parts USING fts5(body, content = 'search_docs', content_rowid = 'id',
    tokenize = 'trigram');
INSERT INTO search_parts (search_parts, rank) VALUES ('secure-delete', 1);

-- The words of search_words, for what was mistyped. It holds nothing itself.
CREATE VIRTUAL TABLE search_vocab USING fts5vocab('search_words', 'instance');
