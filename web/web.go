// Package web holds the files browsers get; what serves them is internal/console.
package web

import "embed"

// Console is the web console: plain HTML, CSS and ES modules, served as they stand.
//
//go:embed console
var Console embed.FS
