// Package e2e tests the real program with real peers: sipp, baresip and Linphone of
// Debian make and take calls over loopback, and what they hear is judged.
//
// Every test starts the program anew, with the demo world and no simulated
// traffic, on ports of its own. The scenarios in scenarios/ are sipp's XML as
// Go templates; what a scenario tells through "echo … >> FIFO" is what tests
// wait for, so that no test sleeps.
package e2e
