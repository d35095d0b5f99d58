//go:build !unix

package sqlite

import "os"

// lock only marks the database as ours: without flock nothing keeps a second
// process out.
func lock(path string) (*os.File, error) {
	return os.OpenFile(path+"-lock", os.O_RDWR|os.O_CREATE, 0o600)
}
