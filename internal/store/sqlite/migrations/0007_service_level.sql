-- T of an organisation's service levels.

-- +goose Up
ALTER TABLE organisations ADD COLUMN service_level_threshold INTEGER NOT NULL DEFAULT 0; -- microseconds; 0 = never set

-- +goose Down
ALTER TABLE organisations DROP COLUMN service_level_threshold;
