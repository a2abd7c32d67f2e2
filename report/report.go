// Package report is what a node of the store says of itself to whoever looks for
// what is wrong: its place in the cluster, its connections, its settings, and how
// full what is bounded is. It is plain data, and reads its form as an Erlang term,
// in which it travels.
package report

// Report is one node's view at one moment. As a term it is a map; see Parse.
type Report struct {
	Node string `etf:"node" json:"node"`
	// Incarnation is the node's identity as a member, and Creation Erlang's of this
	// start.
	Incarnation uint64 `etf:"incarnation" json:"incarnation"`
	Creation    uint32 `etf:"creation" json:"creation"`
	// Version is the release, and Wire the version of the messages between nodes.
	Version string `etf:"version" json:"version"`
	Wire    int    `etf:"wire" json:"wire"`
	// Now is the node's clock, in microseconds since 1970 UTC, and Up for how many
	// milliseconds its store has run.
	Now int64 `etf:"now" json:"now"`
	Up  int64 `etf:"up" json:"up"`
	// Disk says that it keeps its records over a restart, and Failed why its store has
	// ended, "" where it has not: the disk failed, or what was on it was refused.
	Disk   bool   `etf:"disk" json:"disk"`
	Failed string `etf:"failed" json:"failed"`
	// Port is where peers reach it; 0 where that is not known. Mapper is the port of
	// the port mapper (EPMD) with which it is registered; 0 where it does without.
	Port   int `etf:"port" json:"port"`
	Mapper int `etf:"mapper" json:"mapper"`

	// Cluster is the id of the cluster, in base 36, and Former of the one whose
	// survivors founded it; "" for none.
	Cluster string `etf:"cluster" json:"cluster"`
	Former  string `etf:"former" json:"former"`
	Epoch   uint64 `etf:"epoch" json:"epoch"`
	// Size is the cluster's, Wished the one that the node was started with, and
	// Target the one that a resize from this node is after, 0 where there is none.
	Size   int    `etf:"size" json:"size"`
	Wished int    `etf:"wished" json:"wished"`
	Target int    `etf:"target" json:"target"`
	Seats  []Seat `etf:"seats" json:"seats"`
	// Quorum says that this node sees one, and Voting that its own vote counts.
	Quorum bool `etf:"quorum" json:"quorum"`
	Voting bool `etf:"voting" json:"voting"`
	// Merged of ToMerge slots of the state that it owes were taken over; 0 of 0 where
	// it owes none.
	Merged  int `etf:"merged" json:"merged"`
	ToMerge int `etf:"to_merge" json:"to_merge"`
	// Missing are the seats that nobody accounts for while there is no quorum, and
	// Foreign the clusters of other ids that were met.
	Missing []string `etf:"missing" json:"missing"`
	Foreign []string `etf:"foreign" json:"foreign"`

	// Peers are the other nodes that it is connected to, tries to reach, or knew.
	Peers   []Peer   `etf:"peers" json:"peers"`
	Buckets []string `etf:"buckets" json:"buckets"`
	// Settings are what should be the same everywhere, and Counts what was counted
	// since the start or is held now.
	Settings []Number `etf:"settings" json:"settings"`
	Counts   []Number `etf:"counts" json:"counts"`
	// Fills are what is bounded.
	Fills []Fill `etf:"fills" json:"fills"`
}

// Seat is a seat of the cluster as the node knows it.
type Seat struct {
	Node        string `etf:"node" json:"node"`
	Incarnation uint64 `etf:"incarnation" json:"incarnation"`
}

// Peer is another node as this one sees it.
type Peer struct {
	Node      string `etf:"node" json:"node"`
	Connected bool   `etf:"connected" json:"connected"`
	// Store says that it has told where it stands: it runs the store.
	Store bool `etf:"store" json:"store"`
	// Address is where it listens, as far as this node knows.
	Address string `etf:"address" json:"address"`
	// Trouble is why the last attempt to connect failed, while there is no connection.
	Trouble string `etf:"trouble" json:"trouble"`
}

// Number is a figure and its name.
type Number struct {
	Name  string `etf:"name" json:"name"`
	Value int64  `etf:"value" json:"value"`
}

// Fill is how much there is of what is bounded.
type Fill struct {
	Name string `etf:"name" json:"name"`
	Used int64  `etf:"used" json:"used"`
	Most int64  `etf:"most" json:"most"`
}

// Peer is what the node says of another, and whether it says anything.
func (r *Report) Peer(node string) (Peer, bool) {
	for _, p := range r.Peers {
		if p.Node == node {
			return p, true
		}
	}
	return Peer{}, false
}

// Connected says whether the node is connected to another.
func (r *Report) Connected(node string) bool {
	p, _ := r.Peer(node)
	return p.Connected
}

// Seat is the seat held under a node's name, and whether there is one.
func (r *Report) Seat(node string) (Seat, bool) {
	for _, s := range r.Seats {
		if s.Node == node {
			return s, true
		}
	}
	return Seat{}, false
}

// Setting is the value of a setting, and whether the node tells it.
func (r *Report) Setting(name string) (int64, bool) { return find(r.Settings, name) }

// Count is the value of a count, 0 where the node does not tell it.
func (r *Report) Count(name string) int64 {
	v, _ := find(r.Counts, name)
	return v
}

func find(numbers []Number, name string) (int64, bool) {
	for _, n := range numbers {
		if n.Name == name {
			return n.Value, true
		}
	}
	return 0, false
}
