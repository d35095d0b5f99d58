package phone

import (
	"net/netip"
	"time"
)

// t2 is the longest interval between retransmissions (RFC 3261 §17.1.2.1).
const t2 = 4 * time.Second

// clientTx is a client transaction (RFC 3261 §17.1).
type clientTx struct {
	key      string // branch, see Network.clients
	invite   bool
	request  []byte
	dest     netip.AddrPort
	interval time.Duration
	giveUp   int64
	resend   *timer
	final    bool   // a final answer came, or time ran out
	ack      []byte // repeated when the final answer is (INVITE only)
	on       func(m *message, at int64)
}

// request starts a transaction. on is called on the loop with every answer,
// and with nil when none came in 64*T1. It copies msg.
func (n *Network) request(key string, invite bool, msg []byte, dest netip.AddrPort, on func(*message, int64)) *clientTx {
	tx := &clientTx{key: key, invite: invite, request: append([]byte(nil), msg...), dest: dest, interval: n.cfg.T1,
		giveUp: n.now + 64*int64(n.cfg.T1), on: on}
	n.clients[key] = tx
	n.pending++
	n.send(msg, dest)
	tx.resend = n.after(tx.interval, func() { n.repeat(tx) })
	return tx
}

// repeat is timers A and E, and B and F when time is up.
func (n *Network) repeat(tx *clientTx) {
	if n.now >= tx.giveUp {
		n.finish(tx)
		tx.on(nil, n.now)
		return
	}
	n.send(tx.request, tx.dest)
	if tx.interval *= 2; !tx.invite && tx.interval > t2 {
		tx.interval = t2
	}
	tx.resend = n.at(min(n.now+int64(tx.interval), tx.giveUp), func() { n.repeat(tx) })
}

// finish marks the final answer; the transaction stays a while to absorb repetitions.
func (n *Network) finish(tx *clientTx) {
	if tx.final {
		return
	}
	tx.final = true
	n.pending--
	n.stop(tx.resend)
	tx.request = nil
	n.bury(func() {
		if n.clients[tx.key] == tx {
			delete(n.clients, tx.key)
		}
	})
}

func (n *Network) receiveResponse(m *message, d *datagram) {
	tx := n.clients[string(m.branch)]
	if string(m.of) == "CANCEL" {
		tx = n.clients[string(m.branch)+" CANCEL"]
	}
	if tx == nil {
		return
	}
	if tx.final {
		if m.code >= 200 && tx.ack != nil {
			n.send(tx.ack, tx.dest)
		}
		return
	}
	if m.code < 200 {
		if tx.invite {
			n.stop(tx.resend)
		}
	} else {
		n.finish(tx)
	}
	tx.on(m, d.at)
}
