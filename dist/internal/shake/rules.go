package shake

import "strings"

// Capability flags of the distribution, by their names in dist.hrl.
const (
	ExtendedReferences uint64 = 1 << 2
	DistMonitor        uint64 = 1 << 3
	FunTags            uint64 = 1 << 4
	DistMonitorName    uint64 = 1 << 5
	NewFunTags         uint64 = 1 << 7
	ExtendedPidsPorts  uint64 = 1 << 8
	ExportPtrTag       uint64 = 1 << 9
	BitBinaries        uint64 = 1 << 10
	NewFloats          uint64 = 1 << 11
	UnicodeIO          uint64 = 1 << 12
	SmallAtomTags      uint64 = 1 << 14
	UTF8Atoms          uint64 = 1 << 16
	MapTag             uint64 = 1 << 17
	BigCreation        uint64 = 1 << 18
	SendSender         uint64 = 1 << 19
	BigSeqtraceLabels  uint64 = 1 << 20
	ExitPayload        uint64 = 1 << 22
	Handshake23        uint64 = 1 << 24
	UnlinkID           uint64 = 1 << 25
	Mandatory25Digest  uint64 = 1 << 26
	V4NC               uint64 = 1 << 34
	Alias              uint64 = 1 << 35
)

// mandatory25 is what OTP 25 made mandatory at once.
const mandatory25 = ExtendedReferences | FunTags | NewFunTags | ExtendedPidsPorts | ExportPtrTag |
	BitBinaries | NewFloats | UTF8Atoms | MapTag | BigCreation | Handshake23

// Mandatory is what a peer must announce: the set of OTP 26 to 28, which OTP 25
// announces as well.
const Mandatory = mandatory25 | V4NC | UnlinkID

// Announced is what this node announces. PUBLISHED is left out: the node is
// hidden, so global and rpc let it alone. DIST_HDR_ATOM_CACHE and FRAGMENTS are
// left out: either alone would make the peer drop a link that sends plain
// frames. SPAWN is left out: nothing is spawned here from outside.
const Announced = Mandatory | Mandatory25Digest | DistMonitor | DistMonitorName | Alias |
	SendSender | ExitPayload | SmallAtomTags | BigSeqtraceLabels | UnicodeIO

// Missing returns the mandatory flags that a peer did not announce. The digest
// bit stands for all that OTP 25 made mandatory.
func Missing(flags uint64) uint64 {
	if flags&Mandatory25Digest != 0 {
		flags |= mandatory25
	}
	return Mandatory &^ flags
}

// ValidName says whether a node name has the form alive@host within the limits
// of an atom.
func ValidName(name string) bool {
	alive, host, found := strings.Cut(name, "@")
	return found && alive != "" && host != "" && !strings.ContainsAny(host, "@") &&
		len(name) <= 255 && !strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f })
}

// Situation is what B knows when A opens a handshake.
type Situation struct {
	Own, Peer string
	Up        bool // a link to the peer stands
	Dialing   bool // an own attempt to reach the peer has sent its name
}

// Answer is B's status for A. Of two attempts that cross, the one of the node
// with the greater name wins, on both sides alike.
func (s Situation) Answer() Status {
	switch {
	case s.Up:
		return Alive
	case s.Dialing && s.Own > s.Peer:
		return NOK
	case s.Dialing:
		return OKSimultaneous
	}
	return OK
}

// Yields says whether a standing link gives way to a handshake that has just
// completed. answer is the status the new handshake was opened with at this
// side (empty if this side dialled), dialed whether this side dialled it.
//
// After "alive" the peer has said that its old end is gone, so the new one
// wins. Otherwise the standing link came up while the new handshake ran: the
// two crossed, and both sides keep the one that the greater name dialled.
func (s Situation) Yields(answer Status, dialed, standingDialed bool) bool {
	if answer == Alive || dialed == standingDialed {
		return true
	}
	return dialed == (s.Own > s.Peer)
}
