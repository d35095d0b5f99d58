package sqlite

import (
	"context"

	"holdline/internal/acd"
	"holdline/internal/store"
)

type queues struct{ t *txn }

func queue(id any) subject { return subject{noun: "queue", id: id} }

const queueColumns = `extension_id, strategy, tier_rules_apply, tier_rule_wait, tier_rule_wait_multiply_level, tier_rule_clock_join,
	ring_progressively_delay, ringback, coalesce(music, 0), coalesce(greeting, 0), coalesce(announcement, 0), announce_every,
	max_wait, max_wait_dst, max_wait_no_agent, no_agent_dst, exit_with_no_agents, exit_key, exit_dst, record,
	coalesce(agent_announcement, 0), report_wait_time, agent_hangup_action, agent_hangup_dst, cid_name_tag,
	abandoned_resume, discard_abandoned_after, announce_position, announce_wait, language`

func scanQueue(r row) (q acd.Queue, err error) {
	err = r.Scan(&q.ID, &q.Strategy, &q.TierRulesApply, duration{&q.TierRuleWait}, &q.TierRuleWaitMultiplyLevel, &q.TierRuleClockJoin,
		duration{&q.RingProgressivelyDelay}, &q.Ringback, &q.Music, &q.Greeting, &q.Announcement, duration{&q.AnnounceEvery},
		duration{&q.MaxWait}, &q.MaxWaitDst, duration{&q.MaxWaitNoAgent}, &q.NoAgentDst, &q.ExitWithNoAgents, &q.ExitKey, &q.ExitDst, &q.Record,
		&q.AgentAnnouncement, &q.ReportWaitTime, &q.AgentHangupAction, &q.AgentHangupDst, &q.CIDNameTag,
		&q.AbandonedResume, duration{&q.DiscardAbandonedAfter}, &q.AnnouncePosition, &q.AnnounceWait, &q.Language)
	return q, err
}

// Put selects from extensions, so that only an extension of type queue of this organisation gets a row.
func (x queues) Put(ctx context.Context, org int64, q acd.Queue) error {
	return x.t.change(ctx, queue(q.ID),
		`INSERT INTO queues (extension_id, org_id, strategy, tier_rules_apply, tier_rule_wait, tier_rule_wait_multiply_level, tier_rule_clock_join,
		ring_progressively_delay, ringback, music, greeting, announcement, announce_every,
		max_wait, max_wait_dst, max_wait_no_agent, no_agent_dst, exit_with_no_agents, exit_key, exit_dst, record,
		agent_announcement, report_wait_time, agent_hangup_action, agent_hangup_dst, cid_name_tag,
		abandoned_resume, discard_abandoned_after, announce_position, announce_wait, language)
		SELECT id, org_id, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?,
		nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ? FROM extensions WHERE org_id = ? AND id = ? AND type = 'queue'
		ON CONFLICT (extension_id) DO UPDATE SET strategy = excluded.strategy, tier_rules_apply = excluded.tier_rules_apply,
		tier_rule_wait = excluded.tier_rule_wait, tier_rule_wait_multiply_level = excluded.tier_rule_wait_multiply_level,
		tier_rule_clock_join = excluded.tier_rule_clock_join, ring_progressively_delay = excluded.ring_progressively_delay,
		ringback = excluded.ringback, music = excluded.music, greeting = excluded.greeting, announcement = excluded.announcement,
		announce_every = excluded.announce_every, max_wait = excluded.max_wait, max_wait_dst = excluded.max_wait_dst,
		max_wait_no_agent = excluded.max_wait_no_agent, no_agent_dst = excluded.no_agent_dst,
		exit_with_no_agents = excluded.exit_with_no_agents, exit_key = excluded.exit_key, exit_dst = excluded.exit_dst,
		record = excluded.record, agent_announcement = excluded.agent_announcement, report_wait_time = excluded.report_wait_time,
		agent_hangup_action = excluded.agent_hangup_action, agent_hangup_dst = excluded.agent_hangup_dst,
		cid_name_tag = excluded.cid_name_tag, abandoned_resume = excluded.abandoned_resume,
		discard_abandoned_after = excluded.discard_abandoned_after, announce_position = excluded.announce_position,
		announce_wait = excluded.announce_wait, language = excluded.language`,
		string(q.Strategy), q.TierRulesApply, micros(q.TierRuleWait), q.TierRuleWaitMultiplyLevel, q.TierRuleClockJoin,
		micros(q.RingProgressivelyDelay), q.Ringback, int64(q.Music), int64(q.Greeting), int64(q.Announcement), micros(q.AnnounceEvery),
		micros(q.MaxWait), q.MaxWaitDst, micros(q.MaxWaitNoAgent), q.NoAgentDst, q.ExitWithNoAgents, int64(q.ExitKey), q.ExitDst, q.Record,
		int64(q.AgentAnnouncement), q.ReportWaitTime, q.AgentHangupAction, q.AgentHangupDst, q.CIDNameTag,
		q.AbandonedResume, micros(q.DiscardAbandonedAfter), q.AnnouncePosition, q.AnnounceWait, q.Language, org, int64(q.ID))
}

func (x queues) Get(ctx context.Context, org int64, id acd.QueueID) (acd.Queue, error) {
	return one(ctx, x.t, queue(id), scanQueue,
		`SELECT `+queueColumns+` FROM queues WHERE org_id = ? AND extension_id = ?`, org, int64(id))
}

func (x queues) List(ctx context.Context, org int64) ([]acd.Queue, error) {
	return many(ctx, x.t, queue("list"), scanQueue,
		`SELECT `+queueColumns+` FROM queues WHERE org_id = ? ORDER BY extension_id`, org)
}

type memberships struct{ t *txn }

func membership(queue acd.QueueID, agent acd.AgentID) subject {
	return subject{noun: "membership of agent and queue", id: [2]int64{int64(agent), int64(queue)},
		keys: []key{{"agent_id", agent}}}
}

const membershipColumns = `queue_id, agent_id, level, position, status, reason, since`

func scanMembership(r row) (m acd.Membership, err error) {
	err = r.Scan(&m.Queue, &m.Agent, &m.Level, &m.Position, &m.Status, &m.Reason, &m.Since)
	return m, err
}

func (x memberships) Create(ctx context.Context, org int64, m acd.Membership) error {
	return x.t.change(ctx, membership(m.Queue, m.Agent),
		`INSERT INTO memberships (org_id, queue_id, agent_id, level, position, status, reason, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		org, int64(m.Queue), int64(m.Agent), m.Level, m.Position, int64(m.Status), m.Reason, int64(m.Since))
}

func (x memberships) Get(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) (acd.Membership, error) {
	return one(ctx, x.t, membership(queue, agent), scanMembership,
		`SELECT `+membershipColumns+` FROM memberships WHERE org_id = ? AND queue_id = ? AND agent_id = ?`, org, int64(queue), int64(agent))
}

func (x memberships) PutOrder(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID, level, position int) error {
	return x.t.change(ctx, membership(queue, agent),
		`UPDATE memberships SET level = ?, position = ? WHERE org_id = ? AND queue_id = ? AND agent_id = ?`,
		level, position, org, int64(queue), int64(agent))
}

func (x memberships) Delete(ctx context.Context, org int64, queue acd.QueueID, agent acd.AgentID) error {
	return x.t.remove(ctx, membership(queue, agent),
		`DELETE FROM memberships WHERE org_id = ? AND queue_id = ? AND agent_id = ?`, org, int64(queue), int64(agent))
}

func (x memberships) OfQueue(ctx context.Context, org int64, id acd.QueueID) ([]acd.Membership, error) {
	return many(ctx, x.t, queue(id), scanMembership,
		`SELECT `+membershipColumns+` FROM memberships WHERE org_id = ? AND queue_id = ? ORDER BY level, position, agent_id`, org, int64(id))
}

func (x memberships) OfAgent(ctx context.Context, org int64, id acd.AgentID) ([]acd.Membership, error) {
	return many(ctx, x.t, agent(id), scanMembership,
		`SELECT `+membershipColumns+` FROM memberships WHERE org_id = ? AND agent_id = ? ORDER BY queue_id`, org, int64(id))
}

func (x memberships) List(ctx context.Context, org int64) ([]acd.Membership, error) {
	return many(ctx, x.t, subject{noun: "memberships of organisation", id: org}, scanMembership,
		`SELECT `+membershipColumns+` FROM memberships WHERE org_id = ? ORDER BY queue_id, level, position, agent_id`, org)
}

var _ store.Memberships = memberships{}
