package host

import (
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/report"
	"github.com/paxoskv/paxoskv/wire"
)

// describer is what a distribution may tell besides Links, for reports.
type describer interface {
	// Port is where peers reach this node.
	Port() uint16
	// Mapper is the port of the port mapper that is used, 0 where none is.
	Mapper() uint16
	// Address is where a node listens, "" where that is not known.
	Address(name string) string
	// Trouble is why the last attempts to connect failed, of the nodes that are to be
	// connected and are not.
	Trouble() map[string]error
}

// Report is what the node says of itself; see package report.
func (h *Host) Report() report.Report {
	t := time.Now()
	r := report.Report{Node: h.name, Incarnation: h.Self().Incarnation, Version: version(), Wire: wire.Version,
		Now: t.UnixMicro(), Up: t.UnixMilli() - int64(h.life().Incarnation>>16)}
	if err := h.Err(); err != nil {
		r.Failed = err.Error()
	}
	h.read(func(replica *paxos.Replica) { h.reportMember(replica, &r) })
	h.reportWire(&r)
	for _, b := range h.Buckets() {
		r.Buckets = append(r.Buckets, b.name)
	}
	h.reportFills(&r)
	h.reportCounts(&r)
	return r
}

// reportMember tells what the replica knows.
func (h *Host) reportMember(replica *paxos.Replica, r *report.Report) {
	m, cfg := replica.Member, replica.Member.Config()
	if cfg.Cluster != 0 {
		r.Cluster = cfg.Cluster.String()
	}
	if cfg.Former != 0 {
		r.Former = cfg.Former.String()
	}
	r.Creation, r.Epoch = replica.Acceptor.Creation(h.name), uint64(cfg.Epoch)
	r.Size, r.Wished, r.Target = h.size(replica), h.opts.Size, m.Target()
	for _, s := range cfg.Seats {
		r.Seats = append(r.Seats, report.Seat{Node: s.Node.Name, Incarnation: s.Node.Incarnation})
	}
	r.Quorum, r.Voting, r.Missing = m.Quorum(), m.Voting(), m.Missing()
	r.Merged, r.ToMerge = m.Merging()
	for _, id := range m.Foreign() {
		r.Foreign = append(r.Foreign, id.String())
	}
	for _, p := range m.Peers() {
		r.Peers = append(r.Peers, report.Peer{Node: p.Name, Connected: p.Connected, Store: !p.ID.IsZero()})
	}
	r.Disk = h.disk != nil
	if r.Disk {
		r.Fills = append(r.Fills, report.Fill{Name: "queue to the disk", Used: int64(h.disk.commits.Weight()), Most: backlogMost})
	}
	t, l := h.opts.Timing, h.limits.Load()
	for name, v := range map[string]int64{
		"timing found": t.Found, "timing settle": t.Settle, "timing replace": t.Replace, "timing recover": t.Recover,
		"timing round": t.Round, "timing greet": t.Greet, "limit key": int64(l.Key), "limit value": int64(l.Value),
		"limit ties": int64(l.Ties),
	} {
		r.Settings = append(r.Settings, report.Number{Name: name, Value: v})
	}
	slices.SortFunc(r.Settings, func(a, b report.Number) int { return strings.Compare(a.Name, b.Name) })
}

// reportWire adds what the distribution tells of the connections.
func (h *Host) reportWire(r *report.Report) {
	d, ok := h.distribution().(describer)
	if !ok {
		return
	}
	r.Port, r.Mapper = int(d.Port()), int(d.Mapper())
	trouble := d.Trouble()
	for i := range r.Peers {
		p := &r.Peers[i]
		p.Address = d.Address(p.Node)
		if err := trouble[p.Node]; err != nil && !p.Connected {
			p.Trouble = err.Error()
		}
		delete(trouble, p.Node)
	}
	for name, err := range trouble { // of those that were never connected
		r.Peers = append(r.Peers, report.Peer{Node: name, Address: d.Address(name), Trouble: err.Error()})
	}
	slices.SortFunc(r.Peers, func(a, b report.Peer) int { return strings.Compare(a.Node, b.Node) })
}

// reportFills tells how full the mailboxes and outboxes are, and what is under way.
func (h *Host) reportFills(r *report.Report) {
	add := func(name string, used, most int) {
		r.Fills = append(r.Fills, report.Fill{Name: name, Used: int64(used), Most: int64(most)})
	}
	names := []string{ClusterName, WatcherName}
	for _, bucket := range r.Buckets {
		for role := range roles {
			names = append(names, ActorName(bucket, role))
		}
	}
	for _, name := range names {
		if p := h.node.ProcessByName(name); p != nil {
			mailbox := p.ProcessChannels().Mailbox
			add("mailbox of "+name, len(mailbox), cap(mailbox))
		}
	}
	limits := h.limits.Load()
	add("requests under way", int(h.underWay.Load()), limits.UnderWay)
	h.state.RLock()
	defer h.state.RUnlock()
	for name, l := range h.links {
		l.mu.Lock()
		waiting := l.bytes
		l.mu.Unlock()
		add("outbox to "+name, waiting, limits.Outbox)
	}
	slices.SortFunc(r.Fills, func(a, b report.Fill) int { return strings.Compare(a.Name, b.Name) })
}

func (h *Host) reportCounts(r *report.Report) {
	add := func(name string, v uint64) {
		r.Counts = append(r.Counts, report.Number{Name: name, Value: int64(v)})
	}
	records, tombstones, guards := h.Held()
	add("records", uint64(records))
	add("tombstones", uint64(tombstones))
	add("guards", uint64(guards))
	s := &h.Stats
	add("puts", s.Puts.Load())
	add("gets", s.Gets.Load())
	add("no quorum", s.NoQuorum.Load())
	add("busy", s.Busy.Load())
	add("dropped", s.Dropped.Load())
	add("bad frames", s.BadFrames.Load())
}

// modulePath is this module's, as it is found in a program that has it.
const modulePath = "github.com/paxoskv/paxoskv"

// version is the release of the store in this program, "" where the build does not
// tell it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == modulePath {
			return m.Version
		}
	}
	return ""
}
