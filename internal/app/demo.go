package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"holdline/internal/acd"
	"holdline/internal/auth"
	"holdline/internal/store"
)

// The demo world. Documents and checks rely on these values.
const (
	DemoName         = "Demo"
	DemoPrefix       = "0003"
	DemoDomain       = "demo.local"
	DemoLogin        = "demo@example.com" // of the organisation
	DemoPassword     = "demo"             // of the organisation and of all its users
	DemoUser         = "dana"             // supervisor
	DemoAdmin        = "admin"            // administrator
	DemoClientID     = "demo"
	DemoClientSecret = "demo"
	DemoRemoteNumber = "15550100" // of the remote agent, behind the trunk
	DemoSales        = "700"
	DemoSupport      = "701"
	DemoSalesDID     = "15550700" // dialled from outside, leads to Sales
	DemoSupportDID   = "15550701"
	DemoTrunk        = "demo provider"
)

// DemoPhones are the phones' short numbers.
var DemoPhones = []string{"201", "202", "203", "204", "205"}

// DemoAgents are the names of those who sit at DemoPhones, in that order; in
// small letters they are their logins. DemoRemoteAgent is who answers DemoRemoteNumber.
var DemoAgents = []string{"Ada", "Ben", "Cleo", "Dev", "Eli"}

// DemoRemoteAgent has no login: a number outside is nobody's of the organisation.
const DemoRemoteAgent = "Fay"

// DemoPhonePassword gives the SIP password of a demo phone.
func DemoPhonePassword(number string) string { return "demo-" + number }

// DemoWorld makes the demo organisation, all of it or nothing, and gives its
// id. If it is there already it stays as it was left; only its trunk follows
// the address given. Calls from trunk's IP address are taken as the
// provider's, so no phone may use that address: on loopback give it one of its
// own, such as 127.0.0.2. Run it before the engines are opened.
//
// Sales (700): longest-idle-agent, music. Support (701): ring-all, ringback.
// Agents 201-203 are at level 1, 204 and 205 at level 2 of both; the remote
// agent is alone at level 3 of Support: it is rung when all others are taken.
func (s *Service) DemoWorld(ctx context.Context, trunk netip.AddrPort) (org int64, err error) {
	people, office, err := s.hashes(ctx, DemoPassword, DemoPassword)
	if err != nil {
		return 0, err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		have, err := tx.Organisations.ByLogin(ctx, DemoLogin)
		if err == nil {
			org = have.ID
			return moveDemoTrunk(ctx, tx, org, trunk)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		b := seed{ctx: ctx, tx: tx, now: s.now()}
		org = b.demo(people, office, trunk)
		return b.err
	})
	if err != nil {
		return 0, fmt.Errorf("app: making the demo world: %w", err)
	}
	return org, s.directory.Load(ctx, s.store)
}

func (b *seed) demo(peopleHash, officeHash string, trunk netip.AddrPort) int64 {
	org := b.organisation(store.Organisation{Name: DemoName, Prefix: DemoPrefix, Domain: DemoDomain, Login: DemoLogin, Password: officeHash})
	person := func(name, role string) int64 {
		return b.user(store.User{Login: strings.ToLower(name), Name: name, Password: peopleHash, Role: role})
	}
	dana := person("Dana", store.RoleSupervisor)
	person("Admin", store.RoleAdministrator)
	b.application(store.Application{UserID: dana, Name: DemoName, ClientID: DemoClientID,
		SecretHash: auth.HashSecret(DemoClientSecret), Reach: store.ReachOrganisation})

	sales := b.queue(dana, DemoSales, "Sales", func(q *Queue) { q.Strategy, q.Ringback = acd.LongestIdleAgent, false })
	support := b.queue(dana, DemoSupport, "Support", func(q *Queue) { q.Strategy = acd.RingAll })
	for i, number := range DemoPhones {
		name := DemoAgents[i]
		phone := b.phone(person(name, store.RoleAgent), number, name, DemoPhonePassword(number))
		agent := b.agent(store.Agent{Agent: NewAgent(false).Agent.Agent, ExtensionID: phone, Name: &name, Default: acd.Online})
		level, position := 1, i+1
		if i >= 3 {
			level, position = 2, i-2
		}
		b.join(sales, agent, level, position)
		b.join(support, agent, level, position)
	}
	away := DemoRemoteAgent
	remote := b.agent(store.Agent{Agent: NewAgent(true).Agent.Agent, Number: DemoRemoteNumber, Name: &away, Default: acd.Online})
	b.join(support, remote, 3, 1)

	b.trunk(demoTrunk(store.Trunk{}, trunk))
	b.did(DemoSalesDID, sales)
	b.did(DemoSupportDID, support)
	return org
}

func demoTrunk(t store.Trunk, at netip.AddrPort) store.Trunk {
	t.Name, t.Transport, t.Default = DemoTrunk, "udp", true
	t.Host, t.Addresses = at.String(), []string{at.Addr().String()}
	return t
}

func moveDemoTrunk(ctx context.Context, tx store.Tx, org int64, to netip.AddrPort) error {
	all, err := tx.Trunks.All(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.OrgID == org && t.Name == DemoTrunk {
			return tx.Trunks.Put(ctx, demoTrunk(t, to))
		}
	}
	return nil
}
