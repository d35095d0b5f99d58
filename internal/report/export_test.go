package report

// ErlangB is tested against published tables.
var ErlangB = erlangB
