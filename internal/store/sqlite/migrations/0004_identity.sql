-- People: codes and tokens that act for a user, browser sessions, and the
-- audit log. Tokens, codes and sessions go with the user they are of.

-- +goose Up
ALTER TABLE applications ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT 'null'; -- JSON array of strings

ALTER TABLE tokens ADD COLUMN user_id INTEGER REFERENCES users ON DELETE CASCADE; -- NULL = the application alone
ALTER TABLE tokens ADD COLUMN code BLOB; -- hash of the code it was made from; NULL = none
CREATE INDEX tokens_user ON tokens (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX tokens_code ON tokens (code) WHERE code IS NOT NULL;

CREATE TABLE codes (
    hash           BLOB NOT NULL PRIMARY KEY,
    application_id INTEGER NOT NULL REFERENCES applications ON DELETE CASCADE,
    user_id        INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    redirect_uri   TEXT NOT NULL,
    challenge      TEXT NOT NULL,
    expires        INTEGER NOT NULL,
    used           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_application ON codes (application_id);
CREATE INDEX codes_user ON codes (user_id);
CREATE INDEX codes_expires ON codes (expires);

CREATE TABLE sessions (
    hash       BLOB NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    created    INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires);

-- No reference to users and applications: entries outlive them.
CREATE TABLE audit (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id         INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    at             INTEGER NOT NULL,
    user_id        INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    address        TEXT NOT NULL,
    action         TEXT NOT NULL,
    target         TEXT NOT NULL,
    detail         TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (org_id, at);
CREATE INDEX audit_age ON audit (at);

-- +goose Down
DROP TABLE audit;
DROP TABLE sessions;
DROP TABLE codes;
DROP INDEX tokens_code;
DROP INDEX tokens_user;
ALTER TABLE tokens DROP COLUMN code;
ALTER TABLE tokens DROP COLUMN user_id;
ALTER TABLE applications DROP COLUMN redirect_uris;
