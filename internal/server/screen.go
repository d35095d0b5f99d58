package server

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// PrintFirstCredentials prints what the first start created, and where to
// begin with it; at any other start it prints nothing.
func (s *Server) PrintFirstCredentials(out io.Writer) {
	c := s.first
	if c == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, `First start. What follows is shown this once: only hashes of it are kept.

  Open    %s
  Sign in as %s with the password %s
  and follow the first steps: phones, a queue, a test call.

`, consoleURL(s.HTTPAddr()), c.AdminLogin, c.AdminPassword)
	if c.AdminClientID != "" {
		fmt.Fprintf(&b, `For programs that use the API:
  whole server       client_id=%s  client_secret=%s
  your organisation  client_id=%s  client_secret=%s
  its own login      %s  password %s

`, c.AdminClientID, c.AdminClientSecret, c.ClientID, c.ClientSecret, c.OrganisationLogin, c.OrganisationPassword)
	}
	_, _ = io.WriteString(out, b.String())
}

// consoleURL is where a browser finds the console. Where every address is
// listened at, that is this machine's: others use its name.
func consoleURL(at netip.AddrPort) string {
	if at.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d/  (from another machine: this one's name or address)", at.Port())
	}
	return fmt.Sprintf("http://%s/", at)
}
