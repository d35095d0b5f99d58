package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type duration = time.Duration

const (
	second = time.Second
	hour   = time.Hour
)

// into makes a setter of a field and a parser. The parser's error says what
// the value is not; name, value and origin are put before it by Load.
func into[T any](field func(*Config) *T, parse func(string) (T, error)) func(*Config, string) error {
	return func(c *Config, value string) error {
		v, err := parse(value)
		if err == nil {
			*field(c) = v
		}
		return err
	}
}

func intoAddr(c *Config, value string) error {
	c.Advertise = netip.Addr{}
	if value == "" {
		return nil
	}
	ip, err := netip.ParseAddr(value)
	if err != nil || ip.IsUnspecified() || ip.Zone() != "" {
		return errors.New("is not an IP address phones can reach")
	}
	c.Advertise = ip.Unmap()
	return nil
}

func intoLevel(c *Config, value string) error {
	name, err := oneOf("debug", "info", "warn", "error")(value)
	if err != nil {
		return err
	}
	return c.LogLevel.UnmarshalText([]byte(name))
}

func anyText(value string) (string, error) { return value, nil }

func someText(value string) (string, error) {
	if value == "" {
		return "", errors.New("is empty")
	}
	return value, nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?$`)

func address(value string) (string, error) {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		if ip, ipErr := netip.ParseAddr(value); ipErr == nil {
			return "", fmt.Errorf("is not an address: the port is missing, write %s", net.JoinHostPort(ip.String(), "PORT"))
		}
		return "", errors.New("is not an address: it needs the form HOST:PORT")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("is not an address: port must be 0…65535")
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil && !hostName.MatchString(host) {
		return "", errors.New("is not an address: the part before the port is neither an IP address nor a host name")
	}
	return value, nil
}

func portRange(value string) (PortRange, error) {
	lo, hi, ok := strings.Cut(value, "-")
	low, err1 := strconv.ParseUint(strings.TrimSpace(lo), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(hi), 10, 16)
	r := PortRange{Low: int(low), High: int(high)}
	switch {
	case !ok || err1 != nil || err2 != nil:
		return r, errors.New("is not a range of ports")
	case r.Low < 1024:
		return r, errors.New("begins below port 1024")
	case r.Low%2 != 0:
		return r, fmt.Errorf("begins with an odd port: RTP takes even ones (RFC 3550), begin with %d", r.Low+1)
	case r.High < r.Low:
		return r, errors.New("ends before it begins")
	case r.Pairs() < 1:
		return r, errors.New("is a single port: RTP and RTCP need one each")
	}
	return r, nil
}

func boolean(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errors.New("is neither true nor false")
}

func oneOf(names ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		if v := strings.ToLower(value); slices.Contains(names, v) {
			return v, nil
		}
		return "", errors.New("is none of them")
	}
}

// algorithms gives the names as they stand in SIP headers (RFC 8760).
func algorithms(value string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(value, ",") {
		name, err := oneOf("md5", "sha-256")(strings.TrimSpace(part))
		if err != nil {
			return nil, errors.New("is not a list of them")
		}
		if name = strings.ToUpper(name); slices.Contains(out, name) {
			return nil, errors.New("names one twice")
		}
		out = append(out, name)
	}
	return out, nil
}

// targets reads networks, addresses and host names.
func targets(value string) (t Targets, err error) {
	if value == "-" || value == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if network, err := netip.ParsePrefix(part); err == nil {
			if network != network.Masked() {
				return t, fmt.Errorf("has %s, which is no network: write %s, or %s/%d for the address alone", part, network.Masked(), network.Addr(), network.Addr().BitLen())
			}
			t.Networks = append(t.Networks, network)
		} else if ip, err := netip.ParseAddr(part); err == nil && ip.Zone() == "" {
			ip = ip.Unmap()
			t.Networks = append(t.Networks, netip.PrefixFrom(ip, ip.BitLen()))
		} else if hostName.MatchString(part) && strings.Trim(part, "0123456789.") != "" {
			t.Hosts = append(t.Hosts, part)
		} else {
			return t, fmt.Errorf("has %q, which is neither a network, an address nor a host name", part)
		}
	}
	return t, nil
}

// networks reads targets without host names.
func networks(value string) (Targets, error) {
	t, err := targets(value)
	if err == nil && len(t.Hosts) > 0 {
		err = fmt.Errorf("has %q, which is neither a network nor an address", t.Hosts[0])
	}
	return t, err
}

func phoneCodes(value string) (codes [4]string, err error) {
	parts := strings.Split(value, ",")
	if len(parts) != len(codes) {
		return codes, fmt.Errorf("names %d codes", len(parts))
	}
	for i, part := range parts {
		code := strings.TrimSpace(part)
		if code == "-" {
			continue
		}
		if len(code) < 2 || code[0] != '*' || strings.Trim(code[1:], "0123456789") != "" {
			return codes, fmt.Errorf("has %q, which is no code", code)
		}
		for _, other := range codes[:i] {
			if other != "" && (strings.HasPrefix(code, other) || strings.HasPrefix(other, code)) {
				return codes, fmt.Errorf("has %s and %s, one the beginning of the other", other, code)
			}
		}
		codes[i] = code
	}
	return codes, nil
}

func whole(low, high int) func(string) (int, error) {
	return func(value string) (int, error) {
		n, err := strconv.Atoi(value)
		switch {
		case errors.Is(err, strconv.ErrSyntax):
			return 0, errors.New("is not a whole number")
		case err != nil || n < low || n > high:
			return 0, errors.New("is out of range")
		}
		return n, nil
	}
}

func between(low, high time.Duration) func(string) (time.Duration, error) {
	return func(value string) (time.Duration, error) {
		d, err := parseDuration(value)
		switch {
		case err != nil:
			return 0, err
		case d < low:
			return 0, fmt.Errorf("is shorter than %s", short(low))
		case d > high:
			return 0, fmt.Errorf("is longer than %s", short(high))
		}
		return d, nil
	}
}

func orOff(low, high time.Duration) func(string) (time.Duration, error) {
	inRange := between(low, high)
	return func(value string) (time.Duration, error) {
		if d, err := parseDuration(value); err == nil && d == 0 {
			return 0, nil
		}
		return inRange(value)
	}
}

// parseDuration takes plain numbers as seconds, as SIP headers do.
func parseDuration(value string) (time.Duration, error) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0, errors.New("is not a time")
	}
	return d, nil
}

// short writes 1h0m0s as 1h.
func short(d time.Duration) string {
	s := d.String()
	if whole, ok := strings.CutSuffix(s, "m0s"); ok {
		s = whole + "m"
	}
	if whole, ok := strings.CutSuffix(s, "h0m"); ok {
		s = whole + "h"
	}
	return s
}
