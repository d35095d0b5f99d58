package provision

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"holdline/internal/app"
)

// config is Linphone's settings, the sections of its linphonerc in XML. All
// entries overwrite: Linphone leaves what it has alone otherwise, and half of
// another account mixed with half of this one registers nowhere. An empty
// entry takes a setting away.
type config struct {
	XMLName  xml.Name  `xml:"http://www.linphone.org/xsds/lpconfig.xsd config"`
	Sections []section `xml:"section"`
}

type section struct {
	Name    string  `xml:"name,attr"`
	Entries []entry `xml:"entry"`
}

type entry struct {
	Name      string `xml:"name,attr"`
	Overwrite bool   `xml:"overwrite,attr"`
	Value     string `xml:",chardata"`
}

func entries(pairs ...string) []entry {
	out := make([]entry, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, entry{Name: pairs[i], Overwrite: true, Value: pairs[i+1]})
	}
	return out
}

// newConfig is the first account, and how it proves itself.
//
// The transport is TCP: a phone behind a NAT keeps the connection it is called
// over, and a long INVITE arrives in one piece (RFC 3261 §18.1.1). Codecs are
// left alone: Linphone offers G.711 from the beginning, and its list is
// numbered, so that setting a few would break the order of the rest.
func newConfig(p app.Provisioned) config {
	server := "sip:" + hostPort(p.Server, p.Port) + ";transport=tcp"
	return config{Sections: []section{
		{Name: "misc", Entries: entries(
			"transient_provisioning", "1")}, // forgets the address, which is of no use again, and keeps the account
		{Name: "sip", Entries: entries("default_proxy", "0")},
		{Name: "proxy_0", Entries: append(entries(
			"reg_identity", nameAddr(p.Label, p.Username, p.Domain),
			"reg_proxy", "<"+server+">",
			"reg_route", "<"+server+";lr>", // the domain need not be a name in the DNS
			"reg_expires", "600",
			"reg_sendregister", "1",
			"realm", p.Domain), others...)},
		{Name: "auth_info_0", Entries: entries(
			"username", p.Username, "userid", "", "passwd", "",
			"ha1", p.HA1, "realm", p.Domain, "domain", p.Domain,
			"algorithm", p.Algorithm, "available_algorithms", "")},
	}}
}

// others are settings of an account that was there before, which would do
// harm to this one: numbers rewritten with a country's prefix, services of
// another provider, media this server does not speak.
var others = entries(
	"publish", "0", "avpf", "0", "dial_escape_plus", "0", "dial_prefix", "", "use_dial_prefix_for_calls_and_chats", "0",
	"push_notification_allowed", "0", "remote_push_notification_allowed", "0", "im_encryption_mandatory", "0",
	"nat_policy_ref", "", "contact_parameters", "", "contact_uri_parameters", "", "push_parameters", "", "custom_contact", "",
	"conference_factory_uri", "", "audio_video_conference_factory_uri", "", "ccmp_server_url", "", "lime_server_url", "",
	"mwi_server_uri", "", "voicemail_uri", "", "depends_on", "", "idkey", "", "refkey", "",
	"quality_reporting_enabled", "0", "quality_reporting_collector", "")

func hostPort(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// nameAddr writes an address with the name people see (RFC 3261 §25.1, quoted-string).
func nameAddr(name, user, domain string) string {
	uri := "<sip:" + user + "@" + domain + ">"
	if name == "" {
		return uri
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `" ` + uri
}

func writeConfig(w http.ResponseWriter, p app.Provisioned) error {
	body, err := xml.MarshalIndent(newConfig(p), "", " ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), body...)) // a phone that has gone tries again
	return nil
}
