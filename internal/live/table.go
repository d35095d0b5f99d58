package live

import (
	"bytes"
	"container/list"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
)

// maxGone is how many removed objects a table remembers for those who resume.
const maxGone = 10_000

// object is one thing that is watched, or was: what is gone stays for those
// who have not been told yet.
type object struct {
	key     string
	version uint64  // of the publication it changed in
	body    []byte  // JSON; nil = gone
	owners  []int64 // users whose it is, see Scope; sorted
}

// table is an organisation's objects. The feed's mutex guards it.
type table struct {
	epoch   string // of this table: versions of another mean nothing here
	version uint64 // of the last publication; 0 = none yet
	floor   uint64 // what went before or in this version may be forgotten
	objects map[string]*list.Element
	order   list.List // of *object, the longest unchanged first
	gone    list.List // of *object, the longest gone first
	frames  map[uint64][]byte
}

func newTable() *table {
	var epoch [6]byte
	rand.Read(epoch[:]) // never fails, see crypto/rand
	return &table{epoch: hex.EncodeToString(epoch[:]), objects: map[string]*list.Element{}, frames: map[uint64][]byte{}}
}

// publication collects what changes together.
type publication struct {
	t       *table
	changed bool
}

// begin opens the next version. It counts only if something is changed.
func (t *table) begin() *publication { return &publication{t: t} }

// put adds or replaces an object; what is as it was is no change.
func (p *publication) put(key string, body []byte, owners []int64) {
	t := p.t
	e := t.objects[key]
	if e == nil {
		t.objects[key] = t.order.PushBack(&object{key, t.version + 1, body, owners})
		p.changed = true
		return
	}
	o := e.Value.(*object)
	if bytes.Equal(o.body, body) && sameOwners(o.owners, owners) {
		return
	}
	o.version, o.body, o.owners = t.version+1, body, owners
	t.order.MoveToBack(e)
	p.changed = true
}

// drop removes an object, if it is there.
func (p *publication) drop(key string) {
	t := p.t
	e := t.objects[key]
	if e == nil {
		return
	}
	delete(t.objects, key)
	t.order.Remove(e)
	t.gone.PushBack(&object{key: key, version: t.version + 1})
	if t.gone.Len() > maxGone {
		t.floor = t.gone.Remove(t.gone.Front()).(*object).version
	}
	p.changed = true
}

// end gives the changes their version; false if there were none. The first
// publication counts even if the organisation has nothing yet.
func (p *publication) end() bool {
	if !p.changed && p.t.version > 0 {
		return false
	}
	p.t.version++
	clear(p.t.frames)
	return true
}

// id names the present version.
func (t *table) id() string { return t.epoch + "-" + strconv.FormatUint(t.version, 10) }

// resume reads an id; 0 if it is of another table, or too long ago.
func (t *table) resume(id string) uint64 {
	epoch, number, _ := strings.Cut(id, "-")
	version, err := strconv.ParseUint(number, 10, 64)
	if err != nil || epoch != t.epoch || version > t.version || version < t.floor {
		return 0
	}
	return version
}

// since gives what has changed after a version, newest first; all that is there after 0.
func (t *table) since(version uint64, yield func(*object)) {
	for e := t.order.Back(); e != nil && e.Value.(*object).version > version; e = e.Prev() {
		yield(e.Value.(*object))
	}
	if version == 0 {
		return
	}
	for e := t.gone.Back(); e != nil && e.Value.(*object).version > version; e = e.Prev() {
		if o := e.Value.(*object); t.objects[o.key] == nil { // else it has come back
			yield(o)
		}
	}
}

// frame gives what has changed after a version as a JSON object of objects by
// key, null for what is gone. All watchers at that version share it.
func (t *table) frame(version uint64) []byte {
	if have, ok := t.frames[version]; ok {
		return have
	}
	w := newFrame()
	t.since(version, func(o *object) { w.add(o.key, o.body) })
	out := w.close()
	t.frames[version] = out
	return out
}

// frameWriter writes a JSON object of objects.
type frameWriter struct{ bytes.Buffer }

func newFrame() *frameWriter {
	w := &frameWriter{}
	w.WriteByte('{')
	return w
}

// add writes one member. Keys are made of ids and hex: none needs escaping
// but for call ids of phones, which quote takes care of.
func (w *frameWriter) add(key string, body []byte) {
	if w.Len() > 1 {
		w.WriteByte(',')
	}
	w.Write(quote(key))
	w.WriteByte(':')
	if body == nil {
		body = []byte("null")
	}
	w.Write(body)
}

func (w *frameWriter) close() []byte {
	w.WriteByte('}')
	return w.Bytes()
}

func sameOwners(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
