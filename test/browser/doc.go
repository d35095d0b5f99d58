// Package browser tests the web console in a real browser: Chromium against
// the real program, whose demo world makes real SIP calls.
package browser
