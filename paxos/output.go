package paxos

// Output collects what a step asks its caller to do. A caller may pass the same
// Output to many steps and carry all of it out at once; it must send the
// messages of a step only after the state behind them is as safe as it is to be
// (in memory: at once; on disk: after the write).
type Output struct {
	// Writes are the changes of the step that must outlive a restart.
	Writes []Write
	// Messages are to be sent; they may be lost, doubled and reordered.
	Messages []Envelope
	// Watch and Unwatch change the set of guards to be observed, in this order.
	Watches []Watch
	// Erasures are entries that this node found down.
	Erasures []Erasure
	// Results end operations.
	Results []Result
	// Timers are to be given back to Proposer.Fire after their pause.
	Timers []Timer
	// Learned are entries that became known as chosen on this node.
	Learned []Learned
	// Adopted is the configuration last adopted, nil when it did not change.
	Adopted *Config
	// Resized ends a Member.Resize.
	Resized *Resized
	// Notes are for the log.
	Notes []Note
}

// Reset empties o and keeps its memory.
func (o *Output) Reset() {
	*o = Output{Writes: o.Writes[:0], Messages: o.Messages[:0], Watches: o.Watches[:0], Erasures: o.Erasures[:0],
		Results: o.Results[:0], Timers: o.Timers[:0], Learned: o.Learned[:0], Notes: o.Notes[:0]}
}

// Watch asks for a guard to be observed, or no longer.
type Watch struct {
	Guard Guard
	// Off ends the watch.
	Off bool
}

// Erasure asks the node's proposer to erase an entry that is down.
type Erasure struct {
	Key Key
	Rev Rev
}

// Learned is an entry known to be chosen.
type Learned struct {
	// Cluster is the one that chose it: another may not have kept it.
	Cluster ClusterID
	Key     Key
	Entry   *Entry
	// Collected says that Entry is a tombstone that is not held here any more.
	Collected bool
}

// Resized says how a resize ended: Refused is empty when the size is reached.
type Resized struct{ Refused string }

// Note is something for the log, such as another cluster met. Warn marks what a
// person has to see.
type Note struct {
	Warn bool
	Text string
}
