-- A subscription's secret before the one it has, and until when requests are signed with it, too.

-- +goose Up
ALTER TABLE subscriptions ADD COLUMN old_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN old_secret_until INTEGER NOT NULL DEFAULT 0; -- microseconds since 1970

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN old_secret_until;
ALTER TABLE subscriptions DROP COLUMN old_secret;
