-- From when on a subscription is told what happens: since it was made, last enabled, or given another event.

-- +goose Up
ALTER TABLE subscriptions ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- microseconds since 1970
UPDATE subscriptions SET since = created;

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN since;
