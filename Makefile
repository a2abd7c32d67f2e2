# The verbs of this project. `make test` is what a newcomer runs; .ci/run runs
# it with all optional parts required, and the checks.

GO ?= go
SEEDS ?= 20000
CHAOSTIME ?= 3m
CHAOSFLAGS ?=
FUZZTIME ?= 60s
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: test race lint vuln sim chaos chaosfaults chaosstarts chaosrolling explore fuzz bench million ci

test: ## every test; parts that need Erlang say so when they are left out
	$(GO) test -timeout 20m ./...

race: ## the tests under the race detector, without the single-threaded searches and ergo's own races
	$(GO) run ./tests/ergorace .race
	$(GO) test -race -modfile .race/go.mod -timeout 20m $$($(GO) list ./... | grep -vE 'paxos/(explore|mutants|sim)')
	$(GO) test -race -timeout 20m ./paxos/sim -run 'TestSeeds$$' -sim.seeds=100

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l *.go */)" || { echo 'not gofmt-ed:'; gofmt -l *.go */; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

vuln: ## known vulnerabilities; needs the vulnerability database
	$(GO) run $(GOVULNCHECK) ./...

sim: ## the simulator, over SEEDS seeds
	$(GO) run ./paxos/sim/cmd/sim -seeds $(SEEDS)

chaos: ## real nodes under faults for CHAOSTIME; needs root, CHAOSFLAGS=-help says more
	$(GO) run ./tests/chaos/cmd/chaos -time $(CHAOSTIME) $(CHAOSFLAGS)

chaosfaults: ## faults planted in real nodes, each of which a chaos run has to find; needs root
	PAXOSKV_REQUIRE=netns $(GO) test ./tests/chaos -run TestPlantedFaults -planted.seeds 5 -timeout 60m -v

chaosstarts: ## 1,000 starts of three real nodes, several clusters abreast: each has to be one cluster within 10 s; needs root
	$(GO) run ./tests/chaos/cmd/chaos -starts 1000

chaosrolling: ## 50 rolling restarts of three real nodes under load: no put lost, none held up; needs root
	$(GO) run ./tests/chaos/cmd/chaos -rolling 50 -think 5ms

explore: ## the exhaustive search of the core, in larger bounds than CI's
	$(GO) run ./paxos/explore/cmd/explore

fuzz: ## every fuzz target for FUZZTIME
	./.ci/fuzz $(FUZZTIME)

bench: ## puts and gets, and calls between nodes, beside a raw TCP round trip; erasures
	$(GO) test -run '^$$' -bench . -skip 'Million|Merge|Flood' -benchtime 2s ./bench
	PAXOSKV_BENCH_DISK=$${TMPDIR:-/tmp} $(GO) test -run '^$$' -bench 'Put|Sync' -benchtime 2s ./bench
	$(GO) test -run '^$$' -bench SideBySide -benchtime 40x ./dist
	$(GO) test -run '^$$' -bench . -benchtime 5x ./bench/erasure

million: ## a million keys: puts beside them, merging them, their memory; and a flood of puts
	$(GO) test -run '^$$' -bench 'Million|Merge' -benchtime 1x -timeout 60m -v ./bench
	$(GO) test -run '^$$' -bench Flood -benchtime 200000x ./bench

ci: ## what CI runs
	./.ci/run
