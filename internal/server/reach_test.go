package server

import (
	"net/netip"
	"slices"
	"testing"
)

// Whatever networks this machine is in: what phones are told are addresses
// others may reach, each once, and of the family that is listened at.
func TestAddressesAreOnesOthersMayReach(t *testing.T) {
	for _, only4 := range []bool{true, false} {
		list := addresses(only4)
		for i, text := range list {
			ip, err := netip.ParseAddr(text)
			if err != nil || !ip.IsGlobalUnicast() || ip.Zone() != "" || only4 && !ip.Is4() || slices.Contains(list[:i], text) {
				t.Errorf("%q among %q, %v", text, list, err)
			}
		}
	}
	if first, ok := outward(); ok && addresses(true)[0] != first.String() {
		t.Errorf("%q does not begin with %s, where packets leave from", addresses(true), first)
	}
}
