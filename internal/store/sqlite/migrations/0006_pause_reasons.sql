-- The reasons an organisation offers for breaks.

-- +goose Up
ALTER TABLE organisations ADD COLUMN pause_reasons TEXT NOT NULL DEFAULT 'null'; -- JSON array of strings; null = never set

-- +goose Down
ALTER TABLE organisations DROP COLUMN pause_reasons;
