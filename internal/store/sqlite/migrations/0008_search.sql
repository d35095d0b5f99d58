-- What lists are searched by. Beside the entries of calls_started stands, in
-- the same order, what calls are found by and what became of them, so that a
-- filter reads the rows only of calls that fit.

-- +goose Up
CREATE INDEX calls_found ON calls (org_id, started, seq, ended, flow, bridged, answered, outcome, queue_id, agent_id, from_number, from_name, to_number) WHERE ended > 0;

-- Recordings that somebody has to look at are few.
CREATE INDEX recordings_troubled ON recordings (org_id, state, started, id) WHERE state IN ('failed', 'recovered');

-- +goose Down
DROP INDEX recordings_troubled;
DROP INDEX calls_found;
