package server

import (
	"fmt"
	"io"
)

// PrintFirstCredentials prints what the first start created; at any other start it prints nothing.
func (s *Server) PrintFirstCredentials(out io.Writer) {
	c := s.first
	if c == nil {
		return
	}
	_, _ = fmt.Fprintf(out, `First start: these credentials are shown this once, only their hashes are kept.

  Administrator      login %s   password %s
    application      client_id=%s  client_secret=%s
  Organisation       login %s   password %s
    application      client_id=%s  client_secret=%s

`, c.AdminLogin, c.AdminPassword, c.AdminClientID, c.AdminClientSecret,
		c.OrganisationLogin, c.OrganisationPassword, c.ClientID, c.ClientSecret)
}
