package webhook

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// traffic has requests made without end: each takes so long, its goroutine
// asks again at once, knowing of itself whether it was slow.
func traffic(ctx context.Context, wg *sync.WaitGroup, l *lanes, to receiver, requests int, each time.Duration, done *atomic.Int64) {
	for range requests {
		wg.Go(func() {
			slow := false
			for {
				t, err := l.enter(ctx, to, slow)
				if err != nil {
					return
				}
				select {
				case <-time.After(each):
				case <-ctx.Done():
				}
				t.leave()
				slow = each >= quick
				done.Add(1)
			}
		})
	}
}

// Many that hang, at many receivers, leave the quick lane to those who answer.
func TestLanesKeepPlacesForTheQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		var good, bad atomic.Int64
		l := newLanes(64, 128, 4)
		for n := range 10 {
			traffic(ctx, &wg, l, receiver{int64(n), "hangs"}, 40, 10*time.Second, &bad)
		}
		for n := range 20 {
			traffic(ctx, &wg, l, receiver{int64(n), "good"}, 1, 10*time.Millisecond, &good)
		}
		<-time.After(time.Minute)
		if n := good.Load(); n < 20*6000*95/100 {
			t.Errorf("%d quick requests in a minute, want 95 %% of %d", n, 20*6000)
		}
		if n := bad.Load(); n < 5*100 || n > 6*(128+40) {
			t.Errorf("%d slow requests in a minute", n)
		}
		cancel()
		wg.Wait()
		if len(l.quick) != 0 || len(l.slow) != 0 || len(l.doors) != 0 {
			t.Errorf("%d and %d places and %d doors are still taken", len(l.quick), len(l.slow), len(l.doors))
		}
	})
}

// One receiver of an organisation has few places, its others are not concerned.
func TestLanesPerReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(8, 8, 2)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		var held []*ticket
		for range 2 {
			held = append(held, enter(t, l, receiver{1, "a"}, false))
		}
		if _, err := l.enter(ctx, receiver{1, "a"}, false); err == nil {
			t.Error("a third place for one receiver")
		}
		held = append(held, enter(t, l, receiver{2, "a"}, false), enter(t, l, receiver{1, "b"}, false), enter(t, l, receiver{1, "a"}, true))
		if len(l.quick) != 4 || len(l.slow) != 1 {
			t.Errorf("%d quick, %d slow", len(l.quick), len(l.slow))
		}
		<-time.After(quick)
		synctest.Wait()
		if len(l.quick) != 0 || len(l.slow) != 5 {
			t.Errorf("after a second: %d quick, %d slow", len(l.quick), len(l.slow))
		}
		for _, h := range held {
			h.leave()
		}
		if len(l.slow) != 0 || len(l.doors) != 0 {
			t.Errorf("%d slow places, %d doors at the end", len(l.slow), len(l.doors))
		}
	})
}

func enter(t *testing.T, l *lanes, to receiver, slow bool) *ticket {
	t.Helper()
	k, err := l.enter(context.Background(), to, slow)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// While the slow lane is full, a request that takes long stays where it is,
// and leaves when it ends or there is a place.
func TestLanesFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(3, 1, 3)
		slow := enter(t, l, receiver{1, "a"}, true)
		first, second := enter(t, l, receiver{1, "b"}, false), enter(t, l, receiver{1, "b"}, false)
		<-time.After(2 * quick)
		synctest.Wait()
		if len(l.quick) != 2 {
			t.Errorf("%d in the quick lane, want 2", len(l.quick))
		}
		first.leave()
		slow.leave()
		synctest.Wait()
		if len(l.quick) != 0 || len(l.slow) != 1 {
			t.Errorf("%d quick, %d slow, want the second in the slow lane", len(l.quick), len(l.slow))
		}
		second.leave()
		synctest.Wait()
		if len(l.slow) != 0 || len(l.doors) != 0 {
			t.Error("places are still taken")
		}
	})
}
