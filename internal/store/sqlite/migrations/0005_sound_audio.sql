-- What is played of a sound, decoded once when it is uploaded. A table of its
-- own, so that reading a sound's title or its file does not pass over it.

-- +goose Up
CREATE TABLE sound_audio (
    sound_id INTEGER PRIMARY KEY,
    org_id   INTEGER NOT NULL,
    audio    BLOB NOT NULL, -- 8 kHz, mono, 16 bits a sample, the lower byte first
    FOREIGN KEY (org_id, sound_id) REFERENCES sounds (org_id, id) ON DELETE CASCADE
) STRICT;

-- +goose Down
DROP TABLE sound_audio;
