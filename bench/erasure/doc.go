// Package erasure measures how long it takes until a key is erased after what it
// was tied to has ended, on three real nodes, each a process of its own, as one
// who watches on another node is told:
//
//	go test -run '^$' -bench . -benchtime 5x ./bench/erasure
//
// With PAXOSKV_REQUIRE=netns also for a node that falls silent, on machines of
// their own, and how long it takes until the owner is told. docs/erasure.md has
// the figures beside the bounds.
package erasure
