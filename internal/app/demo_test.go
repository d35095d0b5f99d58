package app_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdline/internal/acd"
	"holdline/internal/app"
	"holdline/internal/app/apptest"
	"holdline/internal/auth"
	"holdline/internal/directory"
	"holdline/internal/store"
)

var provider = netip.MustParseAddrPort("127.0.0.2:5070")

func demoWorld(t *testing.T) (*apptest.World, app.Actor) {
	t.Helper()
	w := apptest.New(t)
	org, err := w.App.DemoWorld(t.Context(), provider)
	if err != nil {
		t.Fatal(err)
	}
	w.Open()
	return w, app.Actor{Org: org, Reach: store.ReachOrganisation}
}

func view(t *testing.T, w *apptest.World, read func(ctx context.Context, tx store.Tx) error) {
	t.Helper()
	if err := w.Store.View(t.Context(), func(tx store.Tx) error { return read(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// The demo world is fixed, so that documents and checks can rely on it.
func TestDemoWorld(t *testing.T) {
	w, a := demoWorld(t)
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	view(t, w, func(ctx context.Context, tx store.Tx) error {
		o, err := tx.Organisations.ByLogin(ctx, "demo@example.com")
		if err != nil {
			return err
		}
		say("%s %s %s", o.Name, o.Prefix, o.Domain)
		if ok, err := auth.NewHasher(1).MatchesOrganisation(ctx, o.Password, "demo"); !ok || err != nil {
			t.Errorf("the organisation's password is not demo: %v", err)
		}
		dana, err := tx.Users.ByLogin(ctx, "dana")
		if err != nil {
			return err
		}
		extensions, _, err := tx.Extensions.List(ctx, o.ID, store.ExtensionFilter{})
		if err != nil {
			return err
		}
		slices.SortFunc(extensions, func(x, y store.Extension) int { return strings.Compare(x.Number, y.Number) })
		for _, e := range extensions {
			md5, sha := auth.HA1("0003*"+e.Number, "demo.local", "demo-"+e.Number)
			owner, err := tx.Users.Get(ctx, o.ID, e.OwnerID)
			if err != nil {
				return err
			}
			say("%s %s %s, of %s, password demo-%s: %v", e.Type, e.Number, e.Label, owner.Login, e.Number, e.HA1MD5 == md5 && e.HA1SHA256 == sha)
			if e.Type != store.QueueExtension {
				continue
			}
			q, err := tx.Queues.Get(ctx, o.ID, acd.QueueID(e.ID))
			if err != nil {
				return err
			}
			say("  %s ringback %v", q.Strategy, q.Ringback)
			members, err := tx.Memberships.OfQueue(ctx, o.ID, q.ID)
			if err != nil {
				return err
			}
			for _, m := range members {
				at, _ := w.Directory.AgentEndpoint(o.ID, m.Agent)
				agent, err := tx.Agents.Get(ctx, o.ID, m.Agent)
				if err != nil {
					return err
				}
				say("  level %d position %d %s %s %s", m.Level, m.Position, at.Number, *agent.Name, m.Status)
			}
		}
		users, err := tx.Users.List(ctx, o.ID)
		for _, u := range users {
			ok, err := auth.NewHasher(1).Matches(ctx, u.Password, "demo")
			say("%s %s, password demo: %v %v", u.Role, u.Login, ok, err)
		}
		if err != nil {
			return err
		}
		application, err := tx.Applications.ByClientID(ctx, "demo")
		say("application %v %s, dana's: %v", auth.MatchesSecret(application.SecretHash, "demo"), application.Reach, application.UserID == dana.ID)
		return err
	})
	want := `Demo 0003 demo.local
phone 201 Ada, of ada, password demo-201: true
phone 202 Ben, of ben, password demo-202: true
phone 203 Cleo, of cleo, password demo-203: true
phone 204 Dev, of dev, password demo-204: true
phone 205 Eli, of eli, password demo-205: true
queue 700 Sales, of dana, password demo-700: false
  longest-idle-agent ringback false
  level 1 position 1 0003*201 Ada online
  level 1 position 2 0003*202 Ben online
  level 1 position 3 0003*203 Cleo online
  level 2 position 1 0003*204 Dev online
  level 2 position 2 0003*205 Eli online
queue 701 Support, of dana, password demo-701: false
  ring-all ringback true
  level 1 position 1 0003*201 Ada online
  level 1 position 2 0003*202 Ben online
  level 1 position 3 0003*203 Cleo online
  level 2 position 1 0003*204 Dev online
  level 2 position 2 0003*205 Eli online
  level 3 position 1 15550100 Fay online
supervisor dana, password demo: true <nil>
administrator admin, password demo: true <nil>
agent ada, password demo: true <nil>
agent ben, password demo: true <nil>
agent cleo, password demo: true <nil>
agent dev, password demo: true <nil>
agent eli, password demo: true <nil>
application true organisation, dana's: true`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("the demo world is\n%s\nwant\n%s", got, want)
	}

	if trunk, ok := w.Directory.TrunkFrom(provider.Addr()); !ok || trunk.Host != "127.0.0.2:5070" {
		t.Errorf("the provider's address belongs to %+v", trunk)
	}
	if _, ok := w.Directory.TrunkFrom(netip.MustParseAddr("127.0.0.1")); ok {
		t.Error("phones on 127.0.0.1 are taken for the provider")
	}
	for dialled, want := range map[string]directory.Kind{"700": directory.Queue, "0003*701": directory.Queue, "201": directory.Phone,
		"15550100": directory.External, "15550700": directory.Queue} {
		if got := w.Directory.Resolve(a.Org, dialled); got.Kind != want {
			t.Errorf("%s leads to %+v", dialled, got)
		}
	}
	for did, full := range map[string]string{"15550700": "0003*700", "+15550701": "0003*701"} {
		if got := w.Directory.ResolveDID(a.Org, did); got.Kind != directory.Queue || got.Number != full {
			t.Errorf("from the trunk %s leads to %+v", did, got)
		}
	}
	if _, _, ok := w.Directory.PhoneAccount("0003*201", "demo.local"); !ok {
		t.Error("phone 201 cannot register")
	}
}

func TestDemoWorldIsMadeOnceAndThenLeftAsItIs(t *testing.T) {
	w, a := demoWorld(t)
	if err := w.App.DeleteExtension(t.Context(), a, app.ExtensionRef{Number: "205"}, true); err != nil {
		t.Fatal(err)
	}
	moved := netip.MustParseAddrPort("127.0.0.3:6070")
	org, err := w.App.DemoWorld(t.Context(), moved)
	if err != nil || org != a.Org {
		t.Fatalf("second time: organisation %d, %v", org, err)
	}
	if _, err := w.App.GetExtension(t.Context(), a, app.ExtensionRef{Number: "205"}); err == nil {
		t.Error("what was deleted came back")
	}
	if trunk, ok := w.Directory.TrunkFrom(moved.Addr()); !ok || trunk.Host != moved.String() {
		t.Errorf("the trunk did not follow: %+v", trunk)
	}
	if _, ok := w.Directory.TrunkFrom(provider.Addr()); ok {
		t.Error("the provider's old address still counts")
	}
	view(t, w, func(ctx context.Context, tx store.Tx) error {
		orgs, err := tx.Organisations.List(ctx)
		if len(orgs) != 1 {
			t.Errorf("%d organisations", len(orgs))
		}
		return err
	})
}

// The remote agent takes calls when nobody else can.
func TestTheDemoRemoteAgentIsReachable(t *testing.T) {
	w, a := demoWorld(t)
	support, _ := w.App.GetExtension(t.Context(), a, app.ExtensionRef{Number: "701"})
	if _, err := w.Engine.Apply(t.Context(), a.Org, acd.CallerJoined{Call: "c", Queue: acd.QueueID(support.ID), Number: "123"}); err != nil {
		t.Fatal(err)
	}
	remote, _ := w.Directory.AgentByNumber(a.Org, "15550100")
	offered := slices.ContainsFunc(w.Engine.Commands(), func(c acd.Command) bool { return c.Kind == acd.CmdOffer && c.Agent == remote })
	if !offered {
		t.Error("with no phone registered, the remote agent is not rung")
	}
}

func TestBootstrapGivesSecretsOnce(t *testing.T) {
	w := apptest.New(t)
	c, err := w.App.Bootstrap(t.Context(), app.FirstOrganisation{Name: "Acme"})
	if err != nil || c == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	server := auth.New(auth.Config{Source: w.App.AuthSource(), Clock: w.Clock.Now})
	for id, secret := range map[string]string{c.ClientID: c.ClientSecret, c.AdminClientID: c.AdminClientSecret} {
		issued, err := server.Issue(t.Context(), auth.TokenRequest{GrantType: "client_credentials", ClientID: id, ClientSecret: secret})
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if g, err := server.Lookup(t.Context(), issued.Token); err != nil || g.Org != c.Organisation {
			t.Errorf("%s: %+v, %v", id, g, err)
		}
	}
	h := auth.NewHasher(1)
	view(t, w, func(ctx context.Context, tx store.Tx) error {
		o, err := tx.Organisations.Get(ctx, c.Organisation)
		if ok, _ := h.MatchesOrganisation(ctx, o.Password, c.OrganisationPassword); !ok || o.Name != "Acme" || o.Prefix != "0001" || err != nil {
			t.Errorf("organisation %+v, %v", o, err)
		}
		u, err := tx.Users.ByLogin(ctx, c.AdminLogin)
		if ok, _ := h.Matches(ctx, u.Password, c.AdminPassword); !ok || u.Role != "administrator" {
			t.Errorf("administrator %+v", u)
		}
		return err
	})
	if again, err := w.App.Bootstrap(t.Context(), app.FirstOrganisation{}); again != nil || err != nil {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if _, ok := w.Directory.Organisation(c.Organisation); !ok {
		t.Error("the directory does not know the organisation")
	}
}

func TestBootstrapMakesTheAdministratorOfAStoreWithoutUsers(t *testing.T) {
	w := apptest.New(t)
	org := store.Organisation{Name: "Old", Prefix: "0007", Domain: "old.example"}
	if err := w.Store.Update(t.Context(), func(tx store.Tx) error {
		return tx.Organisations.Create(t.Context(), &org)
	}); err != nil {
		t.Fatal(err)
	}
	c, err := w.App.Bootstrap(t.Context(), app.FirstOrganisation{})
	if err != nil || c == nil || c.AdminClientID != "" || c.OrganisationPassword != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, in, err := w.App.SignIn(t.Context(), c.AdminLogin, c.AdminPassword, app.Browser{}); err != nil || in.Actor.Org != c.Organisation || in.User.Role != store.RoleAdministrator {
		t.Errorf("%+v, %v", in, err)
	}
	if again, err := w.App.Bootstrap(t.Context(), app.FirstOrganisation{}); again != nil || err != nil {
		t.Errorf("a second time: %+v, %v", again, err)
	}
}
