package live

import (
	"context"
	"maps"
	"slices"
	"strings"

	"holdline/internal/acd"
)

// state is what was read of an organisation, before it is put into words.
type state struct {
	queues  map[acd.QueueID]acd.QueueView
	agents  map[acd.AgentID]acd.AgentView
	talks   map[acd.AgentID]acd.CallerView // whom agents ring for or talk to
	callers map[acd.CallID]acd.CallerView
	calls   []acd.LiveCall
}

// sight is what a look has found, ready to be published.
type sight struct {
	found map[string]described
	gone  []string
	all   bool // everything was looked at: what was not found is gone
	calls bool // all calls were
}

type described struct {
	body   []byte
	owners []int64
}

// look reads what is dirty, in one turn of the engine, and takes it as clean.
func (f *feed) look(ctx context.Context) (*sight, error) {
	s := state{queues: map[acd.QueueID]acd.QueueView{}, agents: map[acd.AgentID]acd.AgentView{},
		talks: map[acd.AgentID]acd.CallerView{}, callers: map[acd.CallID]acd.CallerView{}}
	if f.dirty.all {
		f.dirtyAll()
	}
	err := f.hub.cfg.Engine.Read(ctx, f.org, func(e *acd.Engine, _ acd.Time) { f.read(e, &s) })
	if err == nil && (f.dirty.calls || f.dirty.all) {
		s.calls, err = f.hub.cfg.Engine.Calls(ctx, f.org)
	}
	if err != nil {
		return nil, err
	}
	out := f.describe(&s)
	f.dirty.clear()
	return out, nil
}

// dirtyAll marks everything that is configured; callers are found in their queues.
func (f *feed) dirtyAll() {
	for _, q := range f.hub.cfg.Directory.Queues(f.org) {
		f.dirty.queues[acd.QueueID(q.ID)] = true
	}
	for _, a := range f.hub.cfg.Directory.Agents(f.org) {
		f.dirty.agents[a.ID] = true
	}
	for id := range f.crews { // agents that are gone leave their queues
		f.dirty.agents[id] = true
	}
}

// read runs in the engine's goroutine. Agents come first: their queues count them.
func (f *feed) read(e *acd.Engine, s *state) {
	for id := range f.dirty.agents {
		v, ok := e.AgentView(id)
		f.enlist(id, v.Memberships)
		if !ok {
			continue
		}
		s.agents[id] = v
		if v.Call != "" {
			s.talks[id], _ = e.Caller(v.Call)
		}
	}
	for id := range f.dirty.queues {
		v, ok := e.QueueView(id)
		if !ok {
			continue
		}
		s.queues[id] = v
		if f.dirty.all {
			for _, c := range e.Callers(id) {
				s.callers[c.Call] = c
			}
		}
	}
	if f.dirty.all {
		return
	}
	for id := range f.dirty.caller {
		if c, ok := e.Caller(id); ok {
			s.callers[id] = c
		}
	}
}

// enlist keeps which agents serve which queue, and marks the queues an agent serves or served.
func (f *feed) enlist(id acd.AgentID, in []acd.Membership) {
	now := make([]acd.QueueID, len(in))
	for i, m := range in {
		now[i] = m.Queue
		f.dirty.queues[m.Queue] = true
	}
	for _, q := range f.crews[id] {
		f.dirty.queues[q] = true
	}
	if len(now) == 0 {
		delete(f.crews, id)
		return
	}
	f.crews[id] = now
}

// describe puts what was read into words.
func (f *feed) describe(s *state) *sight {
	out := &sight{found: map[string]described{}}
	f.describeConfigured(s, out)
	for id, c := range s.callers {
		out.found[callerKey(id)] = described{caller(c), f.ownersOf(c.Agent)}
	}
	if f.dirty.calls || f.dirty.all {
		for _, c := range s.calls {
			out.found[callKey(c.Call)] = f.call(c)
		}
		out.calls = true
	}
	if f.dirty.all {
		out.all = true
		out.found[clientKey] = described{f.client(), nil}
		return out
	}
	for id := range f.dirty.caller {
		if _, there := s.callers[id]; !there {
			out.gone = append(out.gone, callerKey(id))
		}
	}
	return out
}

// describeConfigured describes queues and agents. What the engine or the
// directory does not have is gone: the other follows in a moment.
func (f *feed) describeConfigured(s *state, out *sight) {
	dir := f.hub.cfg.Directory
	crew := map[acd.QueueID][]acd.AgentID{}
	for agent, queues := range f.crews {
		for _, q := range queues {
			crew[q] = append(crew[q], agent)
		}
	}
	for id := range f.dirty.queues {
		v, ok := s.queues[id]
		e, number, known := dir.Extension(f.org, int64(id))
		if !ok || !known {
			out.gone = append(out.gone, queueKey(id))
			continue
		}
		out.found[queueKey(id)] = described{f.queue(e, number, v), f.owners(e.OwnerID, crew[id])}
	}
	for id := range f.dirty.agents {
		v, ok := s.agents[id]
		a, known := dir.Agent(f.org, id)
		if !ok || !known {
			out.gone = append(out.gone, agentKey(id))
			continue
		}
		var talk *acd.CallerView
		if c, talks := s.talks[id]; talks {
			talk = &c
		}
		out.found[agentKey(id)] = described{f.agent(a, v, talk), f.ownersOf(id)}
	}
}

// owner gives the user at whose phone a local agent sits; 0 if it is nobody's.
func (f *feed) owner(id acd.AgentID) int64 {
	if id == 0 {
		return 0
	}
	a, ok := f.hub.cfg.Directory.Agent(f.org, id)
	if !ok || a.Remote {
		return 0
	}
	return f.extensionOwner(a.ExtensionID)
}

func (f *feed) extensionOwner(id int64) int64 {
	e, _, _ := f.hub.cfg.Directory.Extension(f.org, id)
	return e.OwnerID
}

func (f *feed) ownersOf(agents ...acd.AgentID) []int64 { return f.owners(0, agents) }

// owners gives the users, sorted and each once.
func (f *feed) owners(user int64, agents []acd.AgentID) []int64 {
	set := map[int64]bool{user: true}
	for _, id := range agents {
		set[f.owner(id)] = true
	}
	return sorted(set)
}

// sorted leaves nobody (0) out.
func sorted(users map[int64]bool) []int64 {
	delete(users, 0)
	if len(users) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(users))
}

// into publishes a sight.
func (s *sight) into(p *publication) {
	for key, d := range s.found {
		p.put(key, d.body, d.owners)
	}
	for _, key := range s.gone {
		p.drop(key)
	}
	if !s.all && !s.calls {
		return
	}
	for key := range p.t.objects {
		if _, found := s.found[key]; !found && (s.all || strings.HasPrefix(key, callKey(""))) {
			p.drop(key)
		}
	}
}
