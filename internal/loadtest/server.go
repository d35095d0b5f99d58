package loadtest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is the server as the kernel accounts for it.
type process struct {
	pid  int
	root string // "/proc"
}

// clockTick is the unit of times in /proc/<pid>/stat; the kernel fixes it at
// 100 a second for user space on every architecture Go runs on.
const clockTick = 10 * time.Millisecond

// usage of the process at a moment.
type usage struct {
	cpu time.Duration
	rss uint64 // bytes, resident
	pss uint64 // bytes, shared pages divided among those who share; 0 if the kernel does not say
}

// findProcess finds the process that has the UDP port of addr open.
func findProcess(root string, pid int, addr string) (*process, error) {
	if pid != 0 {
		if _, err := os.Stat(filepath.Join(root, strconv.Itoa(pid), "stat")); err != nil {
			return nil, fmt.Errorf("loadtest: pid %d: no such process", pid)
		}
		return &process{pid, root}, nil
	}
	// The kernel's table is not read in one piece: a line may be missed while sockets come and go.
	for range 5 {
		p, err := portOwner(root, addr)
		if p != nil || err != nil {
			return p, err
		}
	}
	return nil, fmt.Errorf("loadtest: no process of this machine that can be seen listens on %s (UDP); name it with --pid", addr)
}

// portOwner gives the process that has a socket at the address, nil if none was found.
func portOwner(root, addr string) (*process, error) {
	inodes, err := udpInodes(root, addr)
	if err != nil || len(inodes) == 0 {
		return nil, err
	}
	fds, err := filepath.Glob(filepath.Join(root, "[0-9]*", "fd", "*"))
	if err != nil {
		return nil, err
	}
	for _, fd := range fds {
		link, err := os.Readlink(fd)
		if err != nil || !strings.HasPrefix(link, "socket:[") || !inodes[strings.Trim(link, "socket:[]")] {
			continue
		}
		rest, _ := filepath.Rel(root, fd)
		number, _, _ := strings.Cut(rest, string(filepath.Separator))
		pid, err := strconv.Atoi(number)
		return &process{pid, root}, err
	}
	return nil, nil
}

// udpInodes gives the sockets bound to the address, or to any address at its port.
func udpInodes(root, addr string) (map[string]bool, error) {
	at, err := net.ResolveUDPAddr("udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("loadtest: server %q: %w", addr, err)
	}
	inodes := map[string]bool{}
	for _, name := range []string{"udp", "udp6"} {
		data, err := os.ReadFile(filepath.Join(root, "net", name))
		if err != nil {
			continue
		}
		for line := range bytes.Lines(data) {
			f := bytes.Fields(line)
			if len(f) < 10 {
				continue
			}
			host, port, _ := bytes.Cut(f[1], []byte(":"))
			p, err := strconv.ParseUint(string(port), 16, 16)
			if err == nil && int(p) == at.Port && hostMatches(string(host), at.IP) {
				inodes[string(f[9])] = true
			}
		}
	}
	return inodes, nil
}

// hostMatches compares an address as /proc/net/udp writes it (hexadecimal, in
// the machine's order: little-endian where Holdline runs) with ip.
func hostMatches(h string, ip net.IP) bool {
	b, err := hex.DecodeString(h)
	if err != nil || len(b) < 4 {
		return false
	}
	last := b[len(b)-4:]
	bound := net.IPv4(last[3], last[2], last[1], last[0])
	return bound.IsUnspecified() || bound.Equal(ip)
}

// read gives the process's present usage.
func (p *process) read() (usage, error) {
	dir := filepath.Join(p.root, strconv.Itoa(p.pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}, errors.New("loadtest: the server's process has ended")
	}
	var u usage
	if u.cpu, err = cpuOf(stat); err != nil {
		return u, err
	}
	if status, err := os.ReadFile(filepath.Join(dir, "status")); err == nil {
		u.rss = kilobytes(status, "VmRSS:")
	}
	if rollup, err := os.ReadFile(filepath.Join(dir, "smaps_rollup")); err == nil {
		u.pss = kilobytes(rollup, "Pss:")
	}
	return u, nil
}

// cpuOf adds user and system time, fields 14 and 15 of proc_pid_stat(5). The
// process's name, which may hold blanks and brackets, ends with the last ')'.
func cpuOf(stat []byte) (time.Duration, error) {
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(f) < 13 {
		return 0, errors.New("loadtest: /proc/<pid>/stat has an unknown form")
	}
	user, err1 := strconv.ParseInt(string(f[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(f[12]), 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

func kilobytes(data []byte, name string) uint64 {
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			if f := bytes.Fields(rest); len(f) > 0 {
				n, _ := strconv.ParseUint(string(f[0]), 10, 64)
				return n << 10
			}
		}
	}
	return 0
}
