package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdline/internal/store"
)

// RatingKeys is how many keys callers rate with: 1 … RatingKeys.
const RatingKeys = 5

// Rating is what a caller thought of an agent.
type Rating struct {
	store.Rating
	Number      string // full number of the queue
	AgentNumber string // full number of the agent's phone; the remote agent's external number
}

// RatingFilter narrows the list of ratings; zero fields match all.
type RatingFilter struct {
	From, To time.Time // From <= time of the rating < To
	Queue    int64     // id of the queue's extension
	Agent    int64
	Page
}

// ListRatings lists ratings, oldest first, with their total number. An
// application of a user has to name one of the user's queues or agents.
func (s *Service) ListRatings(ctx context.Context, a Actor, f RatingFilter) (list []Rating, total int, err error) {
	if a.Reach == store.ReachUser && f.Queue == 0 && f.Agent == 0 {
		return nil, 0, Invalidf("extension_id", "extension_id is missing; an application of a user names one of the user's queues, or an agent by agent_id")
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		rows, n, err := tx.Calls.Ratings(ctx, a.Org, store.RatingFilter{From: timeOf(f.From), To: timeOf(f.To),
			Queue: QueueID(f.Queue), Agent: AgentID(f.Agent), Page: f.Page})
		if err != nil {
			return err
		}
		if n == 0 || a.Reach == store.ReachUser { // what was deleted since is known by its ratings
			if err := ratable(ctx, tx, a, f); err != nil {
				return err
			}
		}
		for _, r := range rows {
			list = append(list, Rating{r, s.fullNumber(a.Org, int64(r.Queue)), s.agentNumber(a.Org, r.Agent)})
		}
		total = n
		return nil
	})
	return list, total, err
}

// ratable refuses a queue or an agent that is none of the actor's.
func ratable(ctx context.Context, tx store.Tx, a Actor, f RatingFilter) error {
	queues, agents, err := raters(ctx, tx, a)
	switch {
	case err != nil:
		return err
	case f.Queue != 0 && !slices.Contains(queues, f.Queue):
		return noSuch("extension_id", f.Queue)
	case f.Agent != 0 && !slices.Contains(agents, f.Agent):
		return noSuch("agent_id", f.Agent)
	}
	return nil
}

func noSuch(field string, id int64) error {
	return Invalidf(field, "%s is %d, and there is none with that id among yours", field, id)
}

func (s *Service) agentNumber(org int64, id AgentID) string {
	at, _ := s.directory.AgentEndpoint(org, id)
	return at.Number
}

// RatingSum is how callers rated an agent, a queue, or an agent in a queue.
type RatingSum struct {
	From, To    time.Time // of the report, in the organisation's time zone
	Queue       QueueID   // 0 = all
	Agent       AgentID   // 0 = all
	Number      string
	AgentNumber string
	Count       int
	Mean        float64         // of the keys
	Keys        [RatingKeys]int // how often each was pressed, from 1 on
}

// By says what ratings are summed up by.
type By string

// What ratings are summed up by; "" is each agent in each queue.
const (
	ByQueue By = "queue"
	ByAgent By = "agent"
)

// ReportRatings sums ratings up, with the number of rows. Only the period, the
// queues, the agents and the page of the filter count. An application of a
// user sees ratings in the user's queues and those of the user's agents.
func (s *Service) ReportRatings(ctx context.Context, a Actor, f ReportFilter, by By) ([]RatingSum, int, error) {
	if by != "" && by != ByQueue && by != ByAgent {
		return nil, 0, Invalidf("by", "by is %q; allowed are queue, agent", by)
	}
	o, err := s.reportOptions(a, &f)
	if err != nil {
		return nil, 0, err
	}
	var counts []store.RatingCount
	err = s.store.View(ctx, func(tx store.Tx) error {
		queues, agents, err := raters(ctx, tx, a)
		if err != nil {
			return err
		}
		counts, err = tx.Calls.RatingCounts(ctx, a.Org, store.RatingFilter{From: o.Start, To: o.End})
		if err != nil {
			return err
		}
		all := a.Reach != store.ReachUser
		counts = slices.DeleteFunc(counts, func(c store.RatingCount) bool {
			return !all && !slices.Contains(queues, int64(c.Queue)) && !slices.Contains(agents, int64(c.Agent))
		})
		counts, err = pickCounts(counts, "extension_id", f.Queues, queues, func(c store.RatingCount) int64 { return int64(c.Queue) })
		if err != nil {
			return err
		}
		counts, err = pickCounts(counts, "agent_id", f.Agents, agents, func(c store.RatingCount) int64 { return int64(c.Agent) })
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	rows := sumRatings(counts, by)
	for i, r := range rows {
		rows[i].From, rows[i].To = o.Start.Std().In(o.Zone), o.End.Std().In(o.Zone)
		rows[i].Number, rows[i].AgentNumber = s.fullNumber(a.Org, int64(r.Queue)), s.agentNumber(a.Org, r.Agent)
	}
	return pageOf(rows, f.Page), len(rows), nil
}

// raters gives the ids of the queues and agents the actor sees.
func raters(ctx context.Context, tx store.Tx, a Actor) (queues, agents []int64, err error) {
	extensions, _, err := tx.Extensions.List(ctx, a.Org, store.ExtensionFilter{})
	if err != nil {
		return nil, nil, err
	}
	phones := map[int64]bool{}
	for _, e := range extensions {
		switch {
		case !a.sees(e):
		case e.Type == QueueType:
			queues = append(queues, e.ID)
		default:
			phones[e.ID] = true
		}
	}
	known, _, err := tx.Agents.List(ctx, a.Org, store.AgentFilter{Both: true})
	for _, agent := range known {
		if a.Reach != store.ReachUser || !agent.Remote && phones[agent.ExtensionID] {
			agents = append(agents, int64(agent.ID))
		}
	}
	return queues, agents, err
}

// pickCounts keeps those asked for. What was deleted since is found by its ratings.
func pickCounts(counts []store.RatingCount, field string, asked, known []int64, id func(store.RatingCount) int64) ([]store.RatingCount, error) {
	for _, n := range asked {
		if !slices.Contains(known, n) && !slices.ContainsFunc(counts, func(c store.RatingCount) bool { return id(c) == n }) {
			return nil, noSuch(field, n)
		}
	}
	return slices.DeleteFunc(counts, func(c store.RatingCount) bool { return len(asked) > 0 && !slices.Contains(asked, id(c)) }), nil
}

// sumRatings gives a row for each queue, agent, or agent in a queue, in that order.
func sumRatings(counts []store.RatingCount, by By) []RatingSum {
	type key struct {
		queue QueueID
		agent AgentID
	}
	sums := map[key]*RatingSum{}
	for _, c := range counts {
		k := key{c.Queue, c.Agent}
		switch by {
		case ByQueue:
			k.agent = 0
		case ByAgent:
			k.queue = 0
		}
		if len(c.Key) != 1 || c.Key[0] < '1' || c.Key[0] > '0'+RatingKeys {
			continue
		}
		sum := sums[k]
		if sum == nil {
			sum = &RatingSum{Queue: k.queue, Agent: k.agent}
			sums[k] = sum
		}
		digit := int(c.Key[0] - '0')
		sum.Keys[digit-1] += c.Count
		sum.Mean = (sum.Mean*float64(sum.Count) + float64(digit*c.Count)) / float64(sum.Count+c.Count)
		sum.Count += c.Count
	}
	rows := make([]RatingSum, 0, len(sums))
	for _, sum := range sums {
		rows = append(rows, *sum)
	}
	slices.SortFunc(rows, func(x, y RatingSum) int { return cmp.Or(cmp.Compare(x.Queue, y.Queue), cmp.Compare(x.Agent, y.Agent)) })
	return rows
}
