package ver1

import (
	"time"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

type queue = app.Queue

var queueFields = fields[queue]{
	readOnly("extension_id", func(q *queue) any { return q.ID }),
	text("strategy", func(q *queue) *app.Strategy { return &q.Strategy }),
	boolean("tier_rules_apply", func(q *queue) *bool { return &q.TierRulesApply }),
	seconds("tier_rule_wait_second", func(q *queue) *time.Duration { return &q.TierRuleWait }),
	boolean("tier_rule_wait_multiply_level", func(q *queue) *bool { return &q.TierRuleWaitMultiplyLevel }),
	soundType,
	zeroNull("sound", func(q *queue) *app.SoundID { return &q.Music }),
	zeroNull("start_sound", func(q *queue) *app.SoundID { return &q.Greeting }),
	zeroNull("announce_sound", func(q *queue) *app.SoundID { return &q.Announcement }),
	seconds("announce_frequency", func(q *queue) *time.Duration { return &q.AnnounceEvery }),
	seconds("max_wait_time", func(q *queue) *time.Duration { return &q.MaxWait }),
	emptyNull("timeout_transfer_dst", func(q *queue) *string { return &q.MaxWaitDst }),
	seconds("max_wait_time_with_no_agent", func(q *queue) *time.Duration { return &q.MaxWaitNoAgent }),
	emptyNull("no_agent_timeout_transfer_dst", func(q *queue) *string { return &q.NoAgentDst }),
	boolean("exit_with_no_av_agents", func(q *queue) *bool { return &q.ExitWithNoAgents }),
	exitKey,
	emptyNull("exit_transfer_dst", func(q *queue) *string { return &q.ExitDst }),
	boolean("record_enabled", func(q *queue) *bool { return &q.Record }),
	zeroNull("agent_announce_sound", func(q *queue) *app.SoundID { return &q.AgentAnnouncement }),
	boolean("agent_report_wait_time", func(q *queue) *bool { return &q.ReportWaitTime }),
	emptyNull("agent_hangup_action", func(q *queue) *string { return &q.AgentHangupAction }),
	emptyNull("agent_hangup_transfer_dst", func(q *queue) *string { return &q.AgentHangupDst }),
	emptyNull("append_to_cid_name_on_transfer", func(q *queue) *string { return &q.CIDNameTag }),
	// Beyond the vendor's: rules of the engine the dialect has no field for.
	tierRuleClock,
	secondsOr("ring_progressively_delay", app.RingProgressivelyDelay, app.MaxSeconds*time.Second, func(q *queue) *time.Duration { return &q.RingProgressivelyDelay }),
	boolean("abandoned_resume_allowed", func(q *queue) *bool { return &q.AbandonedResume }),
	secondsOr("discard_abandoned_after", app.DiscardAbandonedAfter, app.MaxSeconds*time.Second, func(q *queue) *time.Duration { return &q.DiscardAbandonedAfter }),
	boolean("announce_position", func(q *queue) *bool { return &q.AnnouncePosition }),
	boolean("announce_wait", func(q *queue) *bool { return &q.AnnounceWait }),
	language,
}

var tierRuleClock = field[queue]{name: "tier_rule_clock",
	get: func(q *queue) any {
		if q.TierRuleClockJoin {
			return "join"
		}
		return "offer"
	},
	set: func(q *queue, v strictjson.Value) error {
		switch s, _ := v.Text(); s {
		case "offer":
			q.TierRuleClockJoin = false
		case "join":
			q.TierRuleClockJoin = true
		default:
			return app.Invalidf("tier_rule_clock", "tier_rule_clock is %s; allowed are offer, join", shorten(string(v)))
		}
		return nil
	},
}

var language = textVia("language",
	func(q *queue) string {
		if q.Language == "" {
			return app.DefaultLanguage
		}
		return q.Language
	},
	func(q *queue, s string) { q.Language = s })

var soundType = field[queue]{name: "sound_type",
	get: func(q *queue) any {
		if q.Ringback {
			return "ring"
		}
		return "music"
	},
	set: func(q *queue, v strictjson.Value) error {
		switch s, _ := v.Text(); s {
		case "ring":
			q.Ringback = true
		case "music":
			q.Ringback = false
		default:
			return app.Invalidf("sound_type", "sound_type is %s; allowed are music, ring", shorten(string(v)))
		}
		return nil
	},
}

var exitKey = nullableVia("exit_key",
	func(q *queue) *string {
		if q.ExitKey == 0 {
			return nil
		}
		key := string(rune(q.ExitKey))
		return &key
	},
	func(q *queue, s *string) error {
		switch {
		case s == nil || *s == "":
			q.ExitKey = 0
		case len(*s) == 1:
			q.ExitKey = (*s)[0]
		default:
			return app.Invalidf("exit_key", "exit_key is %q; allowed is one of 0-9 * #, or null", shorten(*s))
		}
		return nil
	})

func (c *call) getQueue() (reply, error) {
	q, err := c.app.GetQueue(c.ctx, c.actor, c.extension)
	return shown(queueFields, q, err)
}

func (c *call) updateQueue() (reply, error) {
	q, err := c.app.UpdateQueue(c.ctx, c.actor, c.extension, func(q *queue) error {
		return queueFields.update(c.body, q)
	})
	return shown(queueFields, q, err)
}

var queueStatusFields = fields[app.QueueStatus]{
	readOnly("answered_members", func(s *app.QueueStatus) any { return s.Answered }),
	readOnly("trying_members", func(s *app.QueueStatus) any { return s.Trying }),
	readOnly("waiting_members", func(s *app.QueueStatus) any { return s.Waiting }),
}

func (c *call) getQueueStatus() (reply, error) {
	s, err := c.app.GetQueueStatus(c.ctx, c.actor, c.extension)
	return shown(queueStatusFields, s, err)
}

var callerFields = fields[app.Caller]{
	readOnly("call_api_id", func(m *app.Caller) any { return m.Call }),
	readOnly("joined_datetime", func(m *app.Caller) any { return m.Joined.Format(time.DateTime) }),
	readOnly("number", func(m *app.Caller) any { return m.Number }),
	readOnly("serving_agent", func(m *app.Caller) any { return m.AgentNumber }),
	readOnly("state", func(m *app.Caller) any { return m.State }),
	readOnly("wait_time", func(m *app.Caller) any { return int64(m.Wait / time.Second) }),
	readOnly("position", func(m *app.Caller) any { return m.Position }),
	readOnly("estimated_wait", func(m *app.Caller) any {
		if m.Estimate == 0 {
			return nil
		}
		return int64((m.Estimate + time.Second - 1) / time.Second)
	}),
}

func (c *call) listCallers() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListCallers(c.ctx, c.actor, c.extension, page)
	return listed(callerFields, list, total, err)
}

var membershipFields = fields[app.Membership]{
	long("position", func(m *app.Membership) *int { return &m.Position }),
	long("agent_id", func(m *app.Membership) *app.AgentID { return &m.Agent }).must(),
	long("level", func(m *app.Membership) *int { return &m.Level }),
}

func (c *call) listMemberships() (reply, error) {
	page, err := c.page()
	if err != nil {
		return reply{}, err
	}
	list, total, err := c.app.ListMemberships(c.ctx, c.actor, c.extension, c.remote, page)
	return listed(membershipFields, list, total, err)
}

func (c *call) addMembership() (reply, error) {
	var m app.Membership
	if err := membershipFields.create(c.body, &m); err != nil {
		return reply{}, err
	}
	m, err := c.app.AddMembership(c.ctx, c.actor, c.extension, c.remote, m)
	return created(membershipFields, m, err)
}

func (c *call) getMembership() (reply, error) {
	m, err := c.app.GetMembership(c.ctx, c.actor, c.extension, c.agent)
	return shown(membershipFields, m, err)
}

func (c *call) updateMembership() (reply, error) {
	m, err := c.app.UpdateMembership(c.ctx, c.actor, c.extension, c.agent, func(m *app.Membership) error {
		return membershipFields.update(c.body, m)
	})
	return shown(membershipFields, m, err)
}

func (c *call) removeMembership() (reply, error) {
	return deleted(c.app.RemoveMembership(c.ctx, c.actor, c.extension, c.agent))
}
