package ver1

import (
	"net/http"
	"time"

	"holdline/internal/app"
)

type recording = app.Recording

var recordingFields = fields[recording]{
	readOnly("record_uuid", func(r *recording) any { return r.ID }),
	readOnly("call_uuid", func(r *recording) any { return r.Recording.Call }),
	readOnly("start_time_gmt", func(r *recording) any { return gmt(r.Started) }),
	readOnly("duration", func(r *recording) any { return int64(r.Duration / time.Second) }),
	readOnly("size", func(r *recording) any { return r.Size }),
	readOnly("state", func(r *recording) any { return r.State }),
	readOnly("error", func(r *recording) any { return orNull(r.Error) }),
	readOnly("flow", func(r *recording) any { return orNull(r.Of.Flow) }),
	readOnly("from_username", func(r *recording) any { return orNull(r.Of.From) }),
	readOnly("from_screen_name", func(r *recording) any { return orNull(r.Of.FromName) }),
	readOnly("to_username", func(r *recording) any { return orNull(r.Of.To) }),
	readOnly("extension_id", func(r *recording) any { return idOrNull(r.Of.Extension) }),
	readOnly("extension_name", func(r *recording) any { return orNull(r.ExtensionNumber) }),
	readOnly("queue_id", func(r *recording) any { return idOrNull(r.Of.Queue) }),
	readOnly("agent_id", func(r *recording) any { return idOrNull(r.Of.Agent) }),
}

func (c *call) listRecordings() (reply, error) {
	f := app.RecordingFilter{Call: c.query.Get("call_uuid"), State: c.query.Get("state"), Search: c.query.Get("search")}
	var err error
	if f.Extension, err = c.only("extension_id"); err != nil {
		return reply{}, err
	}
	if f.Agent, err = c.only("agent_id"); err != nil {
		return reply{}, err
	}
	if f.Page, err = c.page(); err != nil {
		return reply{}, err
	}
	if f.From, f.To, err = c.period(); err != nil {
		return reply{}, err
	}
	if f.Oldest, err = c.oldestFirst(); err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListRecordings(c.ctx, c.actor, f)
	return listed(recordingFields, list, total, err)
}

func (c *call) getRecording() (reply, error) {
	r, err := c.app.GetRecording(c.ctx, c.actor, c.name)
	return shown(recordingFields, r, err)
}

func (c *call) deleteRecording() (reply, error) {
	return deleted(c.app.DeleteRecording(c.ctx, c.actor, c.name))
}

// playRecording answers with the file, or the part of it that is asked for.
func (c *call) playRecording() (reply, error) {
	f, row, err := c.app.OpenRecording(c.ctx, c.actor, c.name)
	if err != nil {
		return reply{}, err
	}
	return reply{serve: func(w http.ResponseWriter, r *http.Request) {
		defer f.Close()
		audio(w, row.ID+".wav")
		serveFile(w, r, row.Started.Std(), f)
	}}, nil
}

// audio says what a sound file is before it is sent.
func audio(w http.ResponseWriter, name string) {
	h := w.Header()
	h.Set("Content-Type", "audio/wav")
	h.Set("Content-Disposition", disposition(name))
	h.Set("X-Content-Type-Options", "nosniff")
}
