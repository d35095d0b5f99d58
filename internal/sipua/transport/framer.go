package transport

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// framer cuts a byte stream into SIP messages by Content-Length (RFC 3261
// §18.3). A message without that header is taken to have no body.
type framer struct {
	buf      []byte
	searched int // bytes of buf known to hold no end of headers
	newlines int // CRLFs since the last message
}

var errFraming = errors.New("the stream can not be cut into SIP messages")

// write adds bytes from the stream.
func (f *framer) write(p []byte) { f.buf = append(f.buf, p...) }

// next gives the next whole message, nil if more bytes are needed. pings counts
// the double CRLFs met on the way, each of which wants a CRLF back (RFC 5626
// §4.4.1). The message is valid until the next write.
func (f *framer) next() (msg []byte, pings int, err error) {
	for bytes.HasPrefix(f.buf, crlf) {
		f.drop(2)
		if f.newlines++; f.newlines%2 == 0 {
			pings++
		}
	}
	end := bytes.Index(f.buf[f.searched:], blankLine)
	if end < 0 {
		f.searched = max(0, len(f.buf)-len(blankLine)+1)
		if len(f.buf) > maxMessage {
			err = fmt.Errorf("%w: no end of headers in %d bytes", errFraming, len(f.buf))
		}
		return nil, pings, err
	}
	end += f.searched + len(blankLine)
	body, err := contentLength(f.buf[:end])
	if err == nil && end+body > maxMessage {
		err = fmt.Errorf("%w: a message of %d bytes", errFraming, end+body)
	}
	if err != nil || len(f.buf) < end+body {
		f.searched = end - len(blankLine)
		return nil, pings, err
	}
	msg = f.buf[: end+body : end+body]
	f.drop(end + body)
	f.newlines = 0
	return msg, pings, nil
}

// drop forgets the first n bytes; the rest moves when the next write needs room.
func (f *framer) drop(n int) {
	f.buf, f.searched = f.buf[n:], 0
	if len(f.buf) == 0 {
		f.buf = nil
	}
}

var (
	crlf      = []byte("\r\n")
	blankLine = []byte("\r\n\r\n")
)

// contentLength finds the length of the body in a block of headers.
func contentLength(headers []byte) (int, error) {
	for line := range bytes.SplitSeq(headers, crlf) {
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		name = bytes.TrimSpace(name)
		if !bytes.EqualFold(name, []byte("Content-Length")) && !bytes.EqualFold(name, []byte("l")) {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(value)), 10, 31)
		if err != nil {
			return 0, fmt.Errorf("%w: Content-Length %q", errFraming, value)
		}
		return int(n), nil
	}
	return 0, nil
}
