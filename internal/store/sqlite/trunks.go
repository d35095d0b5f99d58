package sqlite

import (
	"context"
	"encoding/json"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type trunks struct{ t *txn }

func trunk(id any) subject { return subject{noun: "trunk", id: id} }

const trunkColumns = `id, org_id, name, host, transport, addresses, username, password, register, caller_id, is_default`

func scanTrunk(r row) (t store.Trunk, err error) {
	var addresses []byte
	err = r.Scan(&t.ID, &t.OrgID, &t.Name, &t.Host, &t.Transport, &addresses, &t.Username, &t.Password, &t.Register, &t.CallerID, &t.Default)
	if err != nil {
		return t, err
	}
	err = json.Unmarshal(addresses, &t.Addresses)
	return t, err
}

// textList is a list of texts as it is stored; an empty one reads back as nil.
func textList(list []string) (string, error) {
	if len(list) == 0 {
		return "null", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func (x trunks) Create(ctx context.Context, t *store.Trunk) error {
	addresses, err := textList(t.Addresses)
	if err != nil {
		return err
	}
	id, err := x.t.create(ctx, trunk(t.Name),
		`INSERT INTO trunks (org_id, name, host, transport, addresses, username, password, register, caller_id, is_default)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.OrgID, t.Name, t.Host, t.Transport, addresses, t.Username, t.Password, t.Register, t.CallerID, t.Default)
	if err != nil {
		return err
	}
	t.ID = id
	return nil
}

func (x trunks) Get(ctx context.Context, org, id int64) (store.Trunk, error) {
	return one(ctx, x.t, trunk(id), scanTrunk, `SELECT `+trunkColumns+` FROM trunks WHERE org_id = ? AND id = ?`, org, id)
}

func (x trunks) Put(ctx context.Context, t store.Trunk) error {
	addresses, err := textList(t.Addresses)
	if err != nil {
		return err
	}
	return x.t.change(ctx, trunk(t.ID),
		`UPDATE trunks SET name = ?, host = ?, transport = ?, addresses = ?, username = ?, password = ?, register = ?, caller_id = ?, is_default = ?
		WHERE org_id = ? AND id = ?`,
		t.Name, t.Host, t.Transport, addresses, t.Username, t.Password, t.Register, t.CallerID, t.Default, t.OrgID, t.ID)
}

func (x trunks) Delete(ctx context.Context, org, id int64) error {
	return x.t.remove(ctx, trunk(id), `DELETE FROM trunks WHERE org_id = ? AND id = ?`, org, id)
}

func (x trunks) All(ctx context.Context) ([]store.Trunk, error) {
	return many(ctx, x.t, trunk("list"), scanTrunk, `SELECT `+trunkColumns+` FROM trunks ORDER BY id`)
}

type dids struct{ t *txn }

func did(number any) subject { return subject{noun: "public number", id: number} }

func (x dids) Put(ctx context.Context, d store.DID) error {
	return x.t.change(ctx, did(d.Number),
		`INSERT INTO dids (org_id, number, extension_id) VALUES (?, ?, ?)
		ON CONFLICT (org_id, number) DO UPDATE SET extension_id = excluded.extension_id`, d.OrgID, d.Number, d.ExtensionID)
}

func (x dids) Delete(ctx context.Context, org int64, number string) error {
	return x.t.remove(ctx, did(number), `DELETE FROM dids WHERE org_id = ? AND number = ?`, org, number)
}

func (x dids) List(ctx context.Context, org int64) ([]store.DID, error) {
	return many(ctx, x.t, did("list"), func(r row) (d store.DID, err error) {
		err = r.Scan(&d.OrgID, &d.Number, &d.ExtensionID)
		return d, err
	}, `SELECT org_id, number, extension_id FROM dids WHERE org_id = ? ORDER BY number`, org)
}

type bindings struct{ t *txn }

func binding(contact any) subject { return subject{noun: "binding", id: contact} }

func (x bindings) Put(ctx context.Context, b store.Binding) error {
	return x.t.change(ctx, binding(b.Contact),
		`INSERT INTO bindings (extension_id, contact, received, local_addr, call_id, cseq, user_agent, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (extension_id, contact) DO UPDATE SET received = excluded.received, local_addr = excluded.local_addr,
		call_id = excluded.call_id, cseq = excluded.cseq, user_agent = excluded.user_agent, expires = excluded.expires`,
		b.ExtensionID, b.Contact, b.Received, b.LocalAddr, b.CallID, b.CSeq, b.UserAgent, int64(b.Expires))
}

func (x bindings) Delete(ctx context.Context, extension int64, contact string) error {
	return x.t.clear(ctx, binding(contact), `DELETE FROM bindings WHERE extension_id = ? AND contact = ?`, extension, contact)
}

func (x bindings) DeleteExpired(ctx context.Context, before acd.Time) error {
	return x.t.clear(ctx, binding("expired"), `DELETE FROM bindings WHERE expires < ?`, int64(before))
}

func (x bindings) All(ctx context.Context) ([]store.Binding, error) {
	return many(ctx, x.t, binding("list"), func(r row) (b store.Binding, err error) {
		err = r.Scan(&b.ExtensionID, &b.Contact, &b.Received, &b.LocalAddr, &b.CallID, &b.CSeq, &b.UserAgent, &b.Expires)
		return b, err
	}, `SELECT extension_id, contact, received, local_addr, call_id, cseq, user_agent, expires FROM bindings ORDER BY extension_id, contact`)
}

type sounds struct{ t *txn }

func sound(id any) subject { return subject{noun: "sound", id: id} }

func (x sounds) Create(ctx context.Context, s *store.Sound) error {
	id, err := x.t.create(ctx, sound(s.Title), `INSERT INTO sounds (org_id, title, filename, data) VALUES (?, ?, ?, ?)`,
		s.OrgID, s.Title, s.Filename, append([]byte{}, s.Data...))
	if err != nil {
		return err
	}
	s.ID = id
	return nil
}

func (x sounds) Get(ctx context.Context, org, id int64) (store.Sound, error) {
	return one(ctx, x.t, sound(id), func(r row) (s store.Sound, err error) {
		err = r.Scan(&s.ID, &s.OrgID, &s.Title, &s.Filename, &s.Data)
		return s, err
	}, `SELECT id, org_id, title, filename, data FROM sounds WHERE org_id = ? AND id = ?`, org, id)
}

// Put keeps the stored data when there is none, so that a title can be changed after List.
func (x sounds) Put(ctx context.Context, s store.Sound) error {
	if s.Data != nil {
		if err := x.t.clear(ctx, sound(s.ID), `DELETE FROM sound_audio WHERE org_id = ? AND sound_id = ?`, s.OrgID, s.ID); err != nil {
			return err
		}
	}
	return x.t.change(ctx, sound(s.ID),
		`UPDATE sounds SET title = ?, filename = ?, data = coalesce(?, data) WHERE org_id = ? AND id = ?`,
		s.Title, s.Filename, s.Data, s.OrgID, s.ID)
}

func (x sounds) Delete(ctx context.Context, org, id int64) error {
	return x.t.remove(ctx, sound(id), `DELETE FROM sounds WHERE org_id = ? AND id = ?`, org, id)
}

func (x sounds) List(ctx context.Context, org int64) ([]store.Sound, error) {
	return many(ctx, x.t, sound("list"), func(r row) (s store.Sound, err error) {
		err = r.Scan(&s.ID, &s.OrgID, &s.Title, &s.Filename)
		return s, err
	}, `SELECT id, org_id, title, filename FROM sounds WHERE org_id = ? ORDER BY id`, org)
}

func (x sounds) Audio(ctx context.Context, org, id int64) ([]byte, error) {
	return one(ctx, x.t, sound(id), func(r row) (audio []byte, err error) {
		err = r.Scan(&audio)
		return audio, err
	}, `SELECT audio FROM sounds LEFT JOIN sound_audio ON sound_id = id WHERE sounds.org_id = ? AND id = ?`, org, id)
}

func (x sounds) SetAudio(ctx context.Context, org, id int64, audio []byte) error {
	return x.t.change(ctx, sound(id), `INSERT INTO sound_audio (sound_id, org_id, audio) SELECT id, org_id, ? FROM sounds WHERE org_id = ? AND id = ?
		ON CONFLICT (sound_id) DO UPDATE SET audio = excluded.audio`, append([]byte{}, audio...), org, id)
}
