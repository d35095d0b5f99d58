package loadtest

import (
	"bufio"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"holdline/internal/phone/standin"
)

// standinRole makes the test binary a stand-in, in a process of its own, so
// that the generator's processor time can be told from the server's.
const standinRole = "HOLDLINE_TEST_STANDIN"

func runStandin() {
	s, err := standin.Start(standin.Config{})
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Addr())
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent is done
	if err := s.Close(); err != nil {
		panic(err)
	}
}

// BenchmarkGenerator says what the generator itself costs: calls with 1 s of
// audio both ways, through a stand-in. Run it with -benchtime 1x.
func BenchmarkGenerator(b *testing.B) {
	for _, rate := range []float64{20, 100, 400} {
		b.Run(fmt.Sprintf("%.0f_calls_a_second", rate), func(b *testing.B) {
			for range b.N {
				r := generate(b, rate)
				b.ReportMetric(r.Own.Cores, "own-cores")
				b.ReportMetric(r.Process.Cores, "standin-cores")
				b.ReportMetric(float64(r.Calls.Failed), "failed")
				b.ReportMetric(r.Own.Behind, "ms-behind")
			}
		})
	}
}

func generate(b *testing.B, rate float64) Report {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), standinRole+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	api := httptest.NewServer(&office{passwords: map[string]string{}})
	defer api.Close()
	c := Defaults(Calls)
	c.Server, c.API, c.TrunkAddress, c.PhoneAddress = addr[:len(addr)-1], api.URL, "127.0.0.3", "127.0.0.4"
	c.Rate, c.Duration, c.Agents, c.PID = rate, 5*time.Second, int(3*rate), cmd.Process.Pid
	r, err := Run(b.Context(), c)
	if err != nil {
		b.Error(err)
	}
	if err := stdin.Close(); err != nil {
		b.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Error(err)
	}
	return r
}
