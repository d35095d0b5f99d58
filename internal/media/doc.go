//go:build linux

// Package media is the RTP side of calls: it owns the UDP ports, plays music
// and prompts, bridges two legs, records them, detects DTMF and notices
// silence. It knows nothing of SIP, queues or legs; whoever negotiates a call
// opens a Stream and tells it where the other end is.
//
// A few loops, as many as there are processors, own all streams. Each loop
// paces what it plays in slots of a 20 ms frame, drains the sockets of
// callers who only wait, relays the packets of bridged calls, and adds up the
// voices of those who are mixed. A stream has no goroutine, and a packet costs no allocation, lock or clock read;
// docs/adr/0003-media-loops.md has the measurements behind this. Files are
// written by package record, beside the loops.
//
// Linux only: what makes it cheap (recvmmsg, epoll, calls that bypass the
// scheduler of the Go runtime) has no portable form, and a second, slower
// implementation would be code that nobody runs in earnest.
package media
