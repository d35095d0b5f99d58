# What a developer runs. Everything the targets need beyond Go is installed by
# them (Debian packages) or fetched at a pinned version (Go tools).

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    = 20s
SOAK        = 1h
CRASHES     = 100
TESTFLAGS   =

# The race detector watches everything but SQLite, which is C translated to Go
# and runs on one goroutine per connection: watched, it takes half of all time.
RACE = -race '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0'

# One static binary; only the race detector needs a C compiler.
export CGO_ENABLED = 0

.PHONY: all build demo test lint unit e2e bench soak fuzz generate packages vendor-web screenshots clean

all: build

build:
	go build -trimpath -o bin/holdline ./cmd/holdline

demo: build
	@exec ./bin/holdline demo

# Everything that must hold before a change is merged.
test: packages lint unit e2e

packages:
	@scripts/install-test-packages

lint:
	go vet ./...
	@scripts/check-format
	@scripts/check-vendored
	go run $(STATICCHECK) ./...

unit:
	CGO_ENABLED=1 scripts/unit $(RACE) -timeout 10m $(TESTFLAGS) $$(go list ./... | grep -v /test/e2e)

# Real peers (sipp, baresip) against the real server, which is also killed a
# hundred times: that takes two minutes; CRASHES=10 is a quick one.
e2e: packages
	CGO_ENABLED=1 go test $(RACE) -count=1 -parallel 4 -timeout 15m $(TESTFLAGS) ./test/e2e -crashes $(CRASHES)

bench: build
	go test -run '^$$' -bench . -benchmem ./internal/...
	scripts/bench

soak: build
	scripts/bench --soak $(SOAK)

fuzz:
	scripts/fuzz $(FUZZTIME)

# Files that are made from code; tests prove that the committed ones are current.
generate:
	go generate ./...

# Fetches what browsers are sent of npm packages anew; the only target besides
# packages and lint that needs the network.
vendor-web:
	scripts/vendor-web

# The pictures in docs/img, of the demo world and its calls; takes some minutes.
screenshots: packages
	HOLDLINE_PICTURES=$(CURDIR)/docs/img go test -count=1 -run Picture ./test/browser

clean:
	rm -rf bin
