package server

import (
	"context"
	"log/slog"
	"time"

	"holdline/internal/app"
	"holdline/internal/sound"
)

// prompts speaks in the built-in voices.
type prompts struct{}

// WaitTime says nothing about a wait of less than a second.
func (prompts) WaitTime(d time.Duration) []int64 {
	if d < time.Second {
		return nil
	}
	return sound.Wait(d)
}

func (prompts) Position(language string, position int, wait time.Duration) []int64 {
	return sound.Position(language, position, wait)
}

func (prompts) Rate(language string) []int64   { return sound.Say(language, sound.RateService) }
func (prompts) Thanks(language string) []int64 { return sound.Say(language, sound.Thanks) }

// phoneCodes has the use cases carry out phone codes, and speaks what came of them.
type phoneCodes struct {
	app *app.Service
	log *slog.Logger
}

func (c *phoneCodes) IsCode(dialled string) bool { return c.app.IsPhoneCode(dialled) }

func (c *phoneCodes) Dial(ctx context.Context, org, extension int64, dialled string) []int64 {
	outcome, err := c.app.DialPhoneCode(ctx, org, extension, dialled)
	if err != nil {
		c.log.Info("phone code was not carried out", "org", org, "extension", extension, "dialled", dialled, "error", err)
	}
	phrase, ok := map[app.CodeOutcome]sound.Phrase{app.CodeLoggedIn: sound.LoggedIn, app.CodeLoggedOut: sound.LoggedOut,
		app.CodePaused: sound.OnBreak, app.CodeUnpaused: sound.OffBreak, app.CodeNotAnAgent: sound.NotAnAgent}[outcome]
	if !ok {
		phrase = sound.NotPossible
	}
	return sound.Say("", phrase)
}
