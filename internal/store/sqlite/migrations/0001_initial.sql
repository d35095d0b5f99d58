-- Holdline's tables. Times and durations are integer microseconds, times
-- since 1970 UTC; both are supplied, never taken from the database's clock.
-- A reference inside an organisation carries org_id too, so that no row can
-- point at another organisation's. NULL stands for "none" in references, and
-- for "no login" so that several organisations may have none.

-- +goose Up
CREATE TABLE organisations (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL,
    prefix    TEXT NOT NULL UNIQUE,
    domain    TEXT NOT NULL,
    login     TEXT UNIQUE,
    password  TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created   INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id   INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    login    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    password TEXT NOT NULL,
    role     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    UNIQUE (org_id, id)
) STRICT;

CREATE TABLE applications (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id      INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    user_id     INTEGER,
    name        TEXT NOT NULL,
    client_id   TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    reach       TEXT NOT NULL,
    suspended   INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id)
) STRICT;
CREATE INDEX applications_owner ON applications (org_id, user_id);

CREATE TABLE tokens (
    hash           BLOB NOT NULL PRIMARY KEY,
    application_id INTEGER NOT NULL REFERENCES applications ON DELETE CASCADE,
    expires        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_application ON tokens (application_id);
CREATE INDEX tokens_expires ON tokens (expires);

CREATE TABLE extensions (
    id                         INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id                     INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    owner_id                   INTEGER,
    number                     TEXT NOT NULL,
    type                       TEXT NOT NULL,
    blocked                    INTEGER NOT NULL,
    label                      TEXT NOT NULL,
    caller_id_name             TEXT,
    extra_params               TEXT,
    message_did                TEXT,
    dial_rule_id               INTEGER,
    dial_rule_limit            INTEGER,
    group_id                   INTEGER,
    did_as_transfer_caller_id  TEXT,
    ani_rfc3325                INTEGER NOT NULL,
    ha1_md5                    TEXT NOT NULL,
    ha1_sha256                 TEXT NOT NULL,
    created                    INTEGER NOT NULL,
    UNIQUE (org_id, number),
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, owner_id) REFERENCES users (org_id, id)
) STRICT;
CREATE INDEX extensions_owner ON extensions (org_id, owner_id);

CREATE TABLE bindings (
    extension_id INTEGER NOT NULL REFERENCES extensions ON DELETE CASCADE,
    contact      TEXT NOT NULL,
    received     TEXT NOT NULL,
    local_addr   TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    cseq         INTEGER NOT NULL,
    user_agent   TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    PRIMARY KEY (extension_id, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX bindings_expires ON bindings (expires);

CREATE TABLE trunks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id     INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    name       TEXT NOT NULL,
    host       TEXT NOT NULL,
    transport  TEXT NOT NULL,
    addresses  TEXT NOT NULL, -- JSON array of strings
    username   TEXT NOT NULL,
    password   TEXT NOT NULL,
    register   INTEGER NOT NULL,
    caller_id  TEXT NOT NULL,
    is_default INTEGER NOT NULL
) STRICT;
CREATE INDEX trunks_org ON trunks (org_id);

CREATE TABLE dids (
    org_id       INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    number       TEXT NOT NULL,
    extension_id INTEGER NOT NULL,
    PRIMARY KEY (org_id, number),
    FOREIGN KEY (org_id, extension_id) REFERENCES extensions (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dids_extension ON dids (org_id, extension_id);

CREATE TABLE sounds (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id   INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    title    TEXT NOT NULL,
    filename TEXT NOT NULL,
    data     BLOB NOT NULL,
    UNIQUE (org_id, id)
) STRICT;

CREATE TABLE queues (
    extension_id                  INTEGER PRIMARY KEY,
    org_id                        INTEGER NOT NULL,
    strategy                      TEXT NOT NULL,
    tier_rules_apply              INTEGER NOT NULL,
    tier_rule_wait                INTEGER NOT NULL,
    tier_rule_wait_multiply_level INTEGER NOT NULL,
    tier_rule_clock_join          INTEGER NOT NULL,
    ring_progressively_delay      INTEGER NOT NULL,
    ringback                      INTEGER NOT NULL,
    music                         INTEGER,
    greeting                      INTEGER,
    announcement                  INTEGER,
    announce_every                INTEGER NOT NULL,
    max_wait                      INTEGER NOT NULL,
    max_wait_dst                  TEXT NOT NULL,
    max_wait_no_agent             INTEGER NOT NULL,
    no_agent_dst                  TEXT NOT NULL,
    exit_with_no_agents           INTEGER NOT NULL,
    exit_key                      INTEGER NOT NULL,
    exit_dst                      TEXT NOT NULL,
    record                        INTEGER NOT NULL,
    agent_announcement            INTEGER,
    report_wait_time              INTEGER NOT NULL,
    agent_hangup_action           TEXT NOT NULL,
    agent_hangup_dst              TEXT NOT NULL,
    cid_name_tag                  TEXT NOT NULL,
    abandoned_resume              INTEGER NOT NULL,
    discard_abandoned_after       INTEGER NOT NULL,
    UNIQUE (org_id, extension_id),
    FOREIGN KEY (org_id, extension_id) REFERENCES extensions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, music) REFERENCES sounds (org_id, id),
    FOREIGN KEY (org_id, greeting) REFERENCES sounds (org_id, id),
    FOREIGN KEY (org_id, announcement) REFERENCES sounds (org_id, id),
    FOREIGN KEY (org_id, agent_announcement) REFERENCES sounds (org_id, id)
) STRICT;

CREATE TABLE agents (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL REFERENCES organisations ON DELETE CASCADE,
    remote          INTEGER NOT NULL,
    extension_id    INTEGER,
    number          TEXT NOT NULL,
    name            TEXT,
    extra_params    TEXT,
    call_timeout    INTEGER NOT NULL,
    busy_delay      INTEGER NOT NULL,
    no_answer_delay INTEGER NOT NULL,
    reject_delay    INTEGER NOT NULL,
    wrap_up         INTEGER NOT NULL,
    max_no_answer   INTEGER NOT NULL,
    default_status  INTEGER NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (org_id, extension_id),
    FOREIGN KEY (org_id, extension_id) REFERENCES extensions (org_id, id)
) STRICT;

CREATE TABLE memberships (
    org_id   INTEGER NOT NULL,
    queue_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    level    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (org_id, queue_id, agent_id),
    FOREIGN KEY (org_id, queue_id) REFERENCES queues (org_id, extension_id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, agent_id) REFERENCES agents (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_agent ON memberships (org_id, agent_id);

-- Where each organisation's journal ends. A row lives as long as its
-- organisation; each commit of facts moves it on from the number before them,
-- so that no two writers can continue the same journal differently.
CREATE TABLE journals (
    org_id INTEGER PRIMARY KEY REFERENCES organisations ON DELETE CASCADE,
    seq    INTEGER NOT NULL, -- of the last fact, 0 = none
    offer  INTEGER NOT NULL  -- highest offer id used
) STRICT;

-- The journal. No reference to organisations: facts of a deleted one are
-- taken away in steps, and checking journals once a commit is cheaper.
CREATE TABLE facts (
    org_id   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    queue_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    call_id  TEXT NOT NULL,
    offer    INTEGER NOT NULL,
    number   TEXT NOT NULL,
    name     TEXT NOT NULL,
    status   INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    source   INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    outcome  INTEGER NOT NULL,
    cause    INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    PRIMARY KEY (org_id, seq)
) STRICT, WITHOUT ROWID;

-- The facts that opened what has not ended yet, so that a start after a crash
-- need not read the whole journal. Kept by the journal with each commit.
CREATE TABLE open_calls (
    org_id  INTEGER NOT NULL REFERENCES journals ON DELETE CASCADE,
    call_id TEXT NOT NULL,
    kind    INTEGER NOT NULL, -- of the opening fact
    seq     INTEGER NOT NULL,
    PRIMARY KEY (org_id, call_id, kind)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE open_calls;
DROP TABLE facts;
DROP TABLE journals;
DROP TABLE memberships;
DROP TABLE agents;
DROP TABLE queues;
DROP TABLE sounds;
DROP TABLE dids;
DROP TABLE trunks;
DROP TABLE bindings;
DROP TABLE extensions;
DROP TABLE tokens;
DROP TABLE applications;
DROP TABLE users;
DROP TABLE organisations;
