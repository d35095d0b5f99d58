package acd

import "slices"

// seeker is a caller who wants an offer, with the highest level open to him:
// so that of thousands who wait for a level nobody need be touched when
// somebody of another becomes free.
type seeker struct {
	caller *caller
	level  int
}

// seekers is a row of them in caller order.
type seekers []seeker

func (s seekers) index(c *caller) (int, bool) {
	return slices.BinarySearchFunc(s, c, func(x seeker, c *caller) int { return compareCallers(x.caller, c) })
}

func (s seekers) has(c *caller) bool {
	_, found := s.index(c)
	return found
}

func (s *seekers) insert(c *caller) {
	i, found := s.index(c)
	if found {
		impossible("caller %s seeks twice", c.call)
	}
	*s = slices.Insert(*s, i, seeker{c, c.openLevel()})
}

func (s *seekers) remove(c *caller) {
	i, found := s.index(c)
	switch {
	case !found:
		impossible("caller %s seeks nobody", c.call)
	case i == 0 && len(*s) > shortLine:
		(*s)[0] = seeker{}
		*s = (*s)[1:]
	default:
		*s = slices.Delete(*s, i, i+1)
	}
}

// opened takes over that a level was opened to the caller.
func (s seekers) opened(c *caller) {
	if i, found := s.index(c); found {
		s[i].level = c.openLevel()
	}
}
