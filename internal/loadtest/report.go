package loadtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what came out. Times are in milliseconds, memory is in bytes.
type Report struct {
	Mode        Mode      `json:"mode"`
	Server      string    `json:"server"`
	Started     time.Time `json:"started"`
	Seconds     float64   `json:"seconds"` // of the measurement
	Interrupted bool      `json:"interrupted"`
	Settings    Settings  `json:"settings"`

	Calls    CallReport  `json:"calls"`
	Recovery *CallReport `json:"recovery,omitempty"`     // overload: calls at a normal rate afterwards
	Free     *Quantiles  `json:"free_to_ring,omitempty"` // agent's call ended -> its next INVITE
	Login    *Quantiles  `json:"login_to_ring,omitempty"`
	Packets  Packets     `json:"packets"` // waiting, bridged, overload: of the calls held; else of all
	Process  Process     `json:"process"`
	Own      Own         `json:"generator"`
}

// Settings repeats what was asked for.
type Settings struct {
	Agents   int     `json:"agents"`
	Callers  int     `json:"callers"`
	Rate     float64 `json:"rate"`
	Duration float64 `json:"duration_s"`
	Talk     float64 `json:"talk_s"`
	HangupBy string  `json:"hangup_by"`
	Trials   int     `json:"trials"`
}

// CallReport counts calls.
type CallReport struct {
	Placed     int            `json:"placed"`
	Completed  int            `json:"completed"` // connected to an agent, heard both ways, ended by who was to end it
	Failed     int            `json:"failed"`
	Failures   map[string]int `json:"failures"`    // by kind
	Refused503 int            `json:"refused_503"` // with Retry-After; not counted as failed in mode overload
	CutShort   int            `json:"cut_short"`   // still up when the test ended
	Ring       Quantiles      `json:"invite_to_ring"`
	Answer     Quantiles      `json:"invite_to_answer"` // caller's INVITE -> 200 from the queue
}

// Packets counts audio.
type Packets struct {
	Sent      uint64  `json:"sent"`
	Received  uint64  `json:"received"`
	Lost      uint64  `json:"lost"`            // gaps in the RTP sequence received
	EndToEnd  uint64  `json:"lost_end_to_end"` // gaps in what the other party sent
	Late      uint64  `json:"late"`            // more than 25 ms after the one before
	LostPer   float64 `json:"lost_per_1000"`   // of the larger loss
	LateShare float64 `json:"late_share"`      // of those received
	MaxGap    float64 `json:"max_gap_ms"`
	MaxDelay  float64 `json:"max_delay_ms"` // from one party to the other through the server
	Rate      float64 `json:"received_a_second_and_call"`
}

// Process is what the server's process needed.
type Process struct {
	PID           int     `json:"pid"`
	CPU           float64 `json:"cpu_seconds"`
	Cores         float64 `json:"cores"` // of CPU on average
	CPUPer1000    float64 `json:"cpu_seconds_per_1000_calls,omitempty"`
	Idle          uint64  `json:"memory_idle"` // before the test
	Peak          uint64  `json:"memory_peak"`
	End           uint64  `json:"memory_end"`
	Settled       uint64  `json:"memory_settled,omitempty"`
	PSS           uint64  `json:"memory_pss_end"`
	PerCaller     uint64  `json:"memory_per_held_call,omitempty"`
	PerThousandMB float64 `json:"memory_mb_per_1000_held_calls,omitempty"`
}

// Own is what the generator itself did: where it was short of processor, its figures are not the server's.
type Own struct {
	CPU     float64 `json:"cpu_seconds"`
	Cores   float64 `json:"cores"`
	Dropped uint64  `json:"dropped_packets"` // arrived and not read in time
	Behind  float64 `json:"behind_ms"`       // the longest delay of audio to be sent
}

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %.0f s against %s (pid %d)\n", r.Mode, r.Seconds, r.Server, r.Process.PID)
	if r.Interrupted {
		b.WriteString("  interrupted: the figures are those up to then\n")
	}
	r.Calls.write(&b, "calls")
	if r.Recovery != nil {
		r.Recovery.write(&b, "afterwards")
	}
	writeTimes(&b, "agent free to ring", r.Free)
	writeTimes(&b, "agent login to ring", r.Login)
	r.Packets.write(&b)
	r.Process.write(&b)
	fmt.Fprintf(&b, "  generator            %.2f cores, %d packets dropped, audio at most %.1f ms behind\n", r.Own.Cores, r.Own.Dropped, r.Own.Behind)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *CallReport) write(b *strings.Builder, name string) {
	fmt.Fprintf(b, "  %-20s %d placed, %d completed, %d failed", name, c.Placed, c.Completed, c.Failed)
	if c.Refused503 > 0 {
		fmt.Fprintf(b, ", %d refused with 503 and Retry-After", c.Refused503)
	}
	if c.CutShort > 0 {
		fmt.Fprintf(b, ", %d still up at the end", c.CutShort)
	}
	b.WriteByte('\n')
	for _, kind := range slices.Sorted(maps.Keys(c.Failures)) {
		fmt.Fprintf(b, "    %6d  %s\n", c.Failures[kind], kind)
	}
	writeTimes(b, "INVITE to ring", &c.Ring)
	writeTimes(b, "INVITE to answer", &c.Answer)
}

func writeTimes(b *strings.Builder, name string, q *Quantiles) {
	if q != nil && q.Count > 0 {
		fmt.Fprintf(b, "  %-20s p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms  (%d)\n", name, q.P50, q.P95, q.P99, q.Max, q.Count)
	}
}

func (p *Packets) write(b *strings.Builder) {
	if p.Sent == 0 {
		return
	}
	fmt.Fprintf(b, "  packets              %d sent, %d received, %d lost, %d lost end to end (%.3f per 1,000)\n",
		p.Sent, p.Received, p.Lost, p.EndToEnd, p.LostPer)
	fmt.Fprintf(b, "                       %d late (%.4f %%), largest gap %.1f ms", p.Late, 100*p.LateShare, p.MaxGap)
	if p.MaxDelay > 0 {
		fmt.Fprintf(b, ", largest delay %.1f ms", p.MaxDelay)
	}
	if p.Rate > 0 {
		fmt.Fprintf(b, ", %.1f a second and call", p.Rate)
	}
	b.WriteByte('\n')
}

func (p *Process) write(b *strings.Builder) {
	fmt.Fprintf(b, "  server               %.2f CPU seconds, %.2f cores", p.CPU, p.Cores)
	if p.CPUPer1000 > 0 {
		fmt.Fprintf(b, ", %.2f CPU seconds per 1,000 calls", p.CPUPer1000)
	}
	fmt.Fprintf(b, "\n  memory               idle %.1f, peak %.1f, end %.1f", megabytes(p.Idle), megabytes(p.Peak), megabytes(p.End))
	if p.Settled > 0 {
		fmt.Fprintf(b, ", settled %.1f", megabytes(p.Settled))
	}
	b.WriteString(" MB")
	if p.PerCaller > 0 {
		fmt.Fprintf(b, ", %.1f kB a held call", float64(p.PerCaller)/1000)
	}
	b.WriteByte('\n')
}

func megabytes(n uint64) float64 { return float64(n) / 1e6 }
