package app

import "holdline/internal/store"

// ConsentWords tells a user, one sentence each, what an application of a reach
// may do when it acts for the user: no more than the user, and no more than itself.
func ConsentWords(user Actor, reach string) []string {
	if user.Role == store.RoleAgent {
		return []string{"see your phones, calls and status", "set your status, and transfer or end your calls"}
	}
	switch narrower(user.Reach, store.Reach(reach)) {
	case store.ReachAll:
		return []string{"see and change everything on this server, of all organisations", "manage users, applications and lines", "hear recordings"}
	case store.ReachOrganisation:
		return []string{"see and change everything of your organisation: phones, queues, agents, calls", "manage its users, applications and lines", "hear its recordings"}
	}
	return []string{"see and change your own phones and queues, and the agents there", "see your calls, transfer or end them", "hear recordings of your calls"}
}
