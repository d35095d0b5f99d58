package app

// CheckURL is checkURL for fuzzing.
func CheckURL(s string) error { return first(checkURL("url", s)) }
