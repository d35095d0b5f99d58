package acd

import "time"

// welcome lets the caller hear what the queue has for one who joins. With
// ringback the call is not answered yet, so neither greeting nor
// announcements can be heard.
func (e *Engine) welcome(c *caller) {
	q := c.queue
	if c.ringback {
		e.command(Command{Kind: CmdRing, Queue: q.ID, Call: c.call})
		e.startWaiting(c)
		return
	}
	if !c.answered {
		c.answered = true
		e.command(Command{Kind: CmdAnswer, Queue: q.ID, Call: c.call})
	}
	if q.Greeting != 0 {
		e.play(c, q.Greeting)
		return
	}
	e.music(c)
	e.startWaiting(c)
}

// startWaiting: from now on agents are called.
func (e *Engine) startWaiting(c *caller) {
	c.phase = callerWaiting
	e.touch(c)
}

// play plays a sound once. Its end is waited for, but not for ever.
func (e *Engine) play(c *caller, sound SoundID) {
	e.lastPlay++
	c.play = e.lastPlay
	e.command(Command{Kind: CmdPlay, Queue: c.queue.ID, Call: c.call, Sound: sound, Play: c.play})
	e.arm(&c.sound, e.now.Add(longestSound))
}

// tell says position and estimated wait, as far as the queue wants it and they
// are known; it reports whether there was anything to say.
func (e *Engine) tell(c *caller) bool {
	q := c.queue
	c.untold = false
	if !q.AnnouncePosition && !q.AnnounceWait {
		return false
	}
	i, _ := q.waiting.index(c)
	cmd := Command{Kind: CmdAnnounce, Queue: q.ID, Call: c.call, Language: q.Language}
	if q.AnnouncePosition {
		cmd.Position = i + 1
	}
	if q.AnnounceWait {
		cmd.Wait = e.estimate(c, i+1)
	}
	if cmd.Position == 0 && cmd.Wait == 0 {
		return false
	}
	e.lastPlay++
	c.play, cmd.Play = e.lastPlay, e.lastPlay
	e.command(cmd)
	e.arm(&c.sound, e.now.Add(longestSound))
	return true
}

// music plays the queue's music until the next announcement.
func (e *Engine) music(c *caller) {
	e.command(Command{Kind: CmdMusic, Queue: c.queue.ID, Call: c.call, Sound: c.queue.Music})
	e.scheduleAnnouncement(c)
}

// scheduleAnnouncement counts announce_frequency from the start of the last
// announcement, or from the first music: a caller who is served soon is not
// told first that he has to wait.
func (e *Engine) scheduleAnnouncement(c *caller) {
	q := c.queue
	if !q.announces() {
		e.disarm(&c.sound)
		return
	}
	next := c.announced.Add(q.AnnounceEvery)
	if c.announced == 0 || next <= e.now {
		next = e.now.Add(q.AnnounceEvery)
	}
	e.arm(&c.sound, next)
}

// playDone: a playback is over. One that is not running any more means nothing.
func (e *Engine) playDone(id CallID, play uint64) {
	if c := e.callers[id]; c != nil && c.play != 0 && c.play == play {
		e.soundOver(c)
	}
}

// soundDue: the next announcement is due, or a playback never reported its end.
func (e *Engine) soundDue(c *caller) {
	if c.play != 0 {
		e.soundOver(c)
		return
	}
	c.announced = e.now
	if c.queue.Announcement != 0 {
		c.untold = true
		e.play(c, c.queue.Announcement)
		return
	}
	if !e.tell(c) { // the music has not been interrupted
		e.scheduleAnnouncement(c)
	}
}

func (e *Engine) soundOver(c *caller) {
	c.play = 0
	switch c.phase {
	case callerGreeted:
		e.music(c)
		e.startWaiting(c)
	case callerWaiting:
		if c.untold && e.tell(c) {
			return
		}
		e.music(c)
	}
}

// reconfigured applies a queue's new settings to one who waits there already.
// How the call is held (ringback or music) stays: it cannot be taken back.
func (e *Engine) reconfigured(c *caller, old Queue) {
	e.armWaits(c)
	if c.ringback || c.play != 0 {
		return
	}
	if old.Music != c.queue.Music {
		e.music(c)
		return
	}
	if old.announcing() != c.queue.announcing() {
		e.scheduleAnnouncement(c)
	}
}

// announcing is what a queue tells those who wait, and how often.
type announcing struct {
	sound          SoundID
	every          time.Duration
	position, wait bool
}

func (q *Queue) announcing() announcing {
	return announcing{q.Announcement, q.AnnounceEvery, q.AnnouncePosition, q.AnnounceWait}
}

// announces tells whether there is anything to announce.
func (q *Queue) announces() bool {
	return q.AnnounceEvery > 0 && (q.Announcement != 0 || q.AnnouncePosition || q.AnnounceWait)
}
