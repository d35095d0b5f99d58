-- Webhook subscriptions and the outbox. A subscription goes at once with its
-- agent or extension. Its deliveries may be millions: without their
-- subscription nobody sees them, and they are taken away in steps.

-- +goose Up
CREATE TABLE subscriptions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id       INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    key          TEXT NOT NULL UNIQUE,
    dialect      TEXT NOT NULL,
    agent_id     INTEGER,
    extension_id INTEGER,
    event        TEXT NOT NULL,
    method       TEXT NOT NULL,
    url          TEXT NOT NULL,
    note         TEXT NOT NULL,
    enabled      INTEGER NOT NULL,
    secret       TEXT NOT NULL,
    created      INTEGER NOT NULL,
    modified     INTEGER NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, extension_id) REFERENCES extensions (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX subscriptions_agent ON subscriptions (org_id, agent_id);
CREATE INDEX subscriptions_extension ON subscriptions (org_id, extension_id);
CREATE INDEX subscriptions_enabled ON subscriptions (org_id) WHERE enabled = 1;

CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    key             TEXT NOT NULL UNIQUE,
    event           TEXT NOT NULL,
    seq             INTEGER NOT NULL, -- of the fact, 0 = a test
    happened        INTEGER NOT NULL,
    created         INTEGER NOT NULL,
    form            TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    due             INTEGER NOT NULL,
    ended           INTEGER NOT NULL, -- 0 = pending
    status          INTEGER NOT NULL, -- of HTTP, 0 = no answer
    problem         TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (subscription_id, id) WHERE state = 'pending';
CREATE INDEX deliveries_of ON deliveries (subscription_id, happened, id);
CREATE INDEX deliveries_org ON deliveries (org_id, happened, id);
CREATE INDEX deliveries_dead ON deliveries (org_id, happened, id) WHERE state = 'dead';
CREATE INDEX deliveries_ended ON deliveries (ended) WHERE ended > 0;

CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    method      TEXT NOT NULL,
    url         TEXT NOT NULL,
    status      INTEGER NOT NULL, -- of HTTP, 0 = no answer
    answer      TEXT NOT NULL,
    problem     TEXT NOT NULL,
    state       TEXT NOT NULL, -- of the delivery after it
    due         INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- The last fact whose deliveries are in the outbox.
ALTER TABLE journals ADD COLUMN told INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE journals DROP COLUMN told;
DROP TABLE attempts;
DROP TABLE deliveries;
DROP TABLE subscriptions;
