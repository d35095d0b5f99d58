//go:build linux

package record

import (
	"fmt"
	"os"
	"time"
)

// Length gives how long a finished recording is, and its size in bytes.
func Length(path string) (d time.Duration, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, fmt.Errorf("recording: %w", err)
	}
	return lasting(max(0, info.Size()-headerSize)), info.Size(), nil
}
