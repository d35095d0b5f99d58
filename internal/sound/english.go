package sound

import (
	"fmt"
	"time"
)

// english is how numbers and times are said in English.
var english = grammar{
	position: func(n int) []string { return append([]string{"caller-number"}, englishNumber(n)...) },
	estimate: englishEstimate,
	waited:   englishWaited,
}

// englishNumber says a whole number from 0 to 999,999; larger ones as that.
func englishNumber(n int) []string {
	n = min(max(n, 0), 999_999)
	switch {
	case n <= 20 || n < 100 && n%10 == 0:
		return []string{fmt.Sprintf("number-%d", n)}
	case n < 100:
		return []string{fmt.Sprintf("number-%d", n-n%10), fmt.Sprintf("number-%d", n%10)}
	case n < 1000:
		return englishRest(append(englishNumber(n/100), "hundred"), n%100)
	}
	return englishRest(append(englishNumber(n/1000), "thousand"), n%1000)
}

// englishRest goes on after "hundred" or "thousand": nothing for 0, "and" before the last part.
func englishRest(said []string, n int) []string {
	switch {
	case n == 0:
		return said
	case n < 100:
		said = append(said, "and")
	}
	return append(said, englishNumber(n)...)
}

// counted adds a number and its noun; nothing for 0.
func counted(said []string, n int, noun string) []string {
	switch n {
	case 0:
		return said
	case 1:
		return append(append(said, englishNumber(1)...), noun)
	}
	return append(append(said, englishNumber(n)...), noun+"s")
}

// englishEstimate rounds to whole minutes: nobody believes the seconds of an estimate.
func englishEstimate(wait time.Duration) []string {
	if wait < time.Minute {
		return []string{"estimated-wait", "less-than-one-minute"}
	}
	minutes := int(wait.Round(time.Minute) / time.Minute)
	said := counted([]string{"estimated-wait"}, minutes/60, "hour")
	return counted(said, minutes%60, "minute")
}

func englishWaited(wait time.Duration) []string {
	seconds := int(wait / time.Second)
	said := counted([]string{"waited"}, seconds/3600, "hour")
	said = counted(said, seconds/60%60, "minute")
	said = counted(said, seconds%60, "second")
	if len(said) == 1 {
		said = append(said, "number-0", "seconds")
	}
	return said
}
