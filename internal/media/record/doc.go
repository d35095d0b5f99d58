//go:build linux

// Package record writes calls to stereo WAV files without ever holding up who
// delivers their audio. A Tape takes the packets of one call from a media
// loop, and costs it a copy of each: no lock, no allocation, no file. A few
// writers decode them, put them where they belong in time and write them;
// when the disk is too slow audio is left out, when it fails the recording
// ends, and the call hears nothing of either.
//
// docs/adr/0005-recording.md says why the files and the timeline are as they are.
package record
