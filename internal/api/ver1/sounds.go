package ver1

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"holdline/internal/app"
)

type sound = app.Sound

var soundFields = fields[sound]{
	readOnly("id", func(s *sound) any { return s.ID }),
	readOnly("client_id", func(s *sound) any { return s.OrgID }),
	text("title", func(s *sound) *string { return &s.Title }),
	readOnly("filename", func(s *sound) any { return s.Filename }),
}

func (c *call) listSounds() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListSounds(c.ctx, c.actor, page)
	return listed(soundFields, list, total, err)
}

func (c *call) createSound() (reply, error) {
	s, err := c.app.CreateSound(c.ctx, c.actor, c.upload)
	return created(soundFields, s, err)
}

// replaceSound gives a sound another content (contracts/ringme.md, Sounds); nothing new is made: 200.
func (c *call) replaceSound() (reply, error) {
	s, err := c.app.ReplaceSound(c.ctx, c.actor, c.sound, c.upload)
	return shown(soundFields, s, err)
}

func (c *call) getSound() (reply, error) {
	s, err := c.app.GetSound(c.ctx, c.actor, c.sound)
	return shown(soundFields, s, err)
}

func (c *call) updateSound() (reply, error) {
	s, err := c.app.RenameSound(c.ctx, c.actor, c.sound, func(s *sound) error { return soundFields.update(c.body, s) })
	return shown(soundFields, s, err)
}

func (c *call) deleteSound() (reply, error) {
	return deleted(c.app.DeleteSound(c.ctx, c.actor, c.sound))
}

func (c *call) playSound() (reply, error) {
	s, err := c.app.GetSound(c.ctx, c.actor, c.sound)
	if err != nil {
		return reply{}, err
	}
	return reply{serve: func(w http.ResponseWriter, r *http.Request) {
		audio(w, s.Filename)
		if !bytes.HasPrefix(s.Data, []byte("RIFF")) {
			w.Header().Set("Content-Type", "audio/mpeg")
		}
		serveFile(w, r, time.Time{}, bytes.NewReader(s.Data))
	}}, nil
}

// disposition names a file in an answer, whatever its name is made of.
func disposition(name string) string {
	if s := mime.FormatMediaType("inline", map[string]string{"filename": name}); s != "" {
		return s
	}
	return "inline"
}

// Bounds of uploads.
const (
	maxForm     = app.MaxSound + 64<<10
	maxTitle    = 4 << 10
	drainedForm = 32 << 20
)

var (
	errFormType = errors.New("ver1: not a form")
	errUpload   = &app.Error{Code: app.TooLarge, Message: "the file is larger than 10 MB; shorten it, or convert it to 8 kHz mono"}
)

// parseUpload reads a form of title and file.
func (c *call) parseUpload(w http.ResponseWriter, r *http.Request) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return errFormType
	}
	whole := r.Body
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err = c.readForm(multipart.NewReader(r.Body, params["boundary"]))
	var large *http.MaxBytesError
	if errors.As(err, &large) || err == errUpload { //nolint:errorlint // it is not wrapped
		// See parseBody: whoever still sends would not see the answer.
		_, _ = io.CopyN(io.Discard, whole, drainedForm)
		return errUpload
	}
	return err
}

func (c *call) readForm(form *multipart.Reader) error {
	seen := map[string]bool{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return brokenForm(err)
		}
		name := part.FormName()
		if seen[name] {
			return app.Invalidf(shorten(name), "%s is sent twice; send it once", shorten(name))
		}
		seen[name] = true
		switch name {
		case "title":
			text, err := readPart(part, maxTitle)
			if err != nil {
				return err
			}
			c.upload.Title = string(text)
		case "file":
			c.upload.Filename = part.FileName()
			if c.upload.Data, err = readPart(part, app.MaxSound); err != nil {
				return err
			}
		default:
			return app.Invalidf(shorten(name), "%q is not a field here; allowed are title, file", shorten(name))
		}
	}
	if !seen["file"] {
		return app.Invalidf("file", "file is missing; send a form with title and file")
	}
	return nil
}

// readPart reads a field of at most limit bytes.
func readPart(part *multipart.Part, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, brokenForm(err)
	}
	if int64(len(data)) <= limit {
		return data, nil
	}
	if part.FormName() == "title" {
		return nil, app.Invalidf("title", "title is longer than 255 characters; shorten it")
	}
	return nil, errUpload
}

func brokenForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return app.Invalidf("", "the form could not be read: it ended early, or is not multipart/form-data; send it again")
}
