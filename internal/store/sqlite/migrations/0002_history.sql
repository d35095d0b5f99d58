-- Call history, recordings and ratings, and what facts and queues have gained.
-- As for facts, rows of a deleted organisation's history are taken away in
-- steps; so none but recordings refers to organisations.

-- +goose Up
ALTER TABLE queues ADD COLUMN announce_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN announce_wait INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN language TEXT NOT NULL DEFAULT '';

ALTER TABLE facts ADD COLUMN leg TEXT; -- JSON; NULL = none

-- The call history. seq is that of the fact that made the row, so that rows
-- are added at the end and not all over the table, as call ids would have it.
CREATE TABLE calls (
    org_id       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    call_id      TEXT NOT NULL,
    flow         TEXT NOT NULL,
    from_number  TEXT NOT NULL,
    from_name    TEXT NOT NULL,
    to_number    TEXT NOT NULL,
    did          TEXT NOT NULL,
    extension_id INTEGER NOT NULL,
    queue_id     INTEGER NOT NULL,
    agent_id     INTEGER NOT NULL,
    started      INTEGER NOT NULL,
    answered     INTEGER NOT NULL,
    bridged      INTEGER NOT NULL,
    ended        INTEGER NOT NULL, -- 0 while a leg is up
    outcome      INTEGER NOT NULL,
    ended_by     TEXT NOT NULL,
    cause        TEXT NOT NULL,
    code         INTEGER NOT NULL,
    rating       TEXT NOT NULL,
    PRIMARY KEY (org_id, seq),
    UNIQUE (org_id, call_id)
) STRICT, WITHOUT ROWID;
-- Lists show calls that are over: their entries are written once, at the end.
-- What stands in them behind seq is what SQLite would else read the row for.
CREATE INDEX calls_started ON calls (org_id, started, seq, ended) WHERE ended > 0;
CREATE INDEX calls_flow ON calls (org_id, flow, started, seq, ended) WHERE ended > 0;
CREATE INDEX calls_to ON calls (org_id, to_number, started, seq, flow, ended) WHERE ended > 0;

-- Which phones and queues a call had to do with, also while it is up.
CREATE TABLE call_extensions (
    org_id       INTEGER NOT NULL,
    extension_id INTEGER NOT NULL,
    started      INTEGER NOT NULL, -- of the call
    call_seq     INTEGER NOT NULL,
    PRIMARY KEY (org_id, extension_id, started, call_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE legs (
    org_id       INTEGER NOT NULL,
    call_seq     INTEGER NOT NULL,
    leg_id       TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    incoming     INTEGER NOT NULL,
    from_number  TEXT NOT NULL,
    from_name    TEXT NOT NULL,
    to_number    TEXT NOT NULL,
    extension_id INTEGER NOT NULL,
    trunk_id     INTEGER NOT NULL,
    queue_id     INTEGER NOT NULL,
    agent_id     INTEGER NOT NULL,
    started      INTEGER NOT NULL,
    answered     INTEGER NOT NULL,
    ended        INTEGER NOT NULL,
    ended_by     TEXT NOT NULL,
    cause        TEXT NOT NULL,
    code         INTEGER NOT NULL,
    PRIMARY KEY (org_id, call_seq, leg_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX legs_up ON legs (org_id, leg_id) WHERE ended = 0;

CREATE TABLE ratings (
    org_id   INTEGER NOT NULL,
    seq      INTEGER NOT NULL, -- of the fact
    at       INTEGER NOT NULL,
    call_id  TEXT NOT NULL,
    queue_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    rating   TEXT NOT NULL,
    PRIMARY KEY (org_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_at ON ratings (org_id, at, seq);
CREATE INDEX ratings_queue ON ratings (org_id, queue_id, at, seq);
CREATE INDEX ratings_agent ON ratings (org_id, agent_id, at, seq);

CREATE TABLE recordings (
    org_id   INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    id       TEXT NOT NULL,
    call_id  TEXT NOT NULL,
    path     TEXT NOT NULL,
    started  INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    size     INTEGER NOT NULL, -- bytes
    state    TEXT NOT NULL,
    error    TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recordings_started ON recordings (org_id, started, id);
CREATE INDEX recordings_call ON recordings (org_id, call_id, started, id);
CREATE INDEX recordings_running ON recordings (org_id, started, id) WHERE state = 'running';

-- +goose Down
DROP TABLE recordings;
DROP TABLE ratings;
DROP TABLE legs;
DROP TABLE call_extensions;
DROP TABLE calls;
ALTER TABLE facts DROP COLUMN leg;
ALTER TABLE queues DROP COLUMN language;
ALTER TABLE queues DROP COLUMN announce_wait;
ALTER TABLE queues DROP COLUMN announce_position;
