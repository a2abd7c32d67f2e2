package doctor

import (
	"fmt"
	"strings"
)

// words says how far the look at a node came.
func (r Reach) words() string {
	return map[Reach]string{
		Answers: "answers", NoStore: "runs no store", Mute: "gives no answer", Unregistered: "does not run",
		Unmapped: "cannot be found", Refused: "does not run", Unreachable: "cannot be reached",
		Silent: "hangs", Cookie: "has another cookie", Misnamed: "is not where its name is registered",
		Barred: "lets this doctor not in", Old: "is of an old Erlang", Odd: "does not answer",
	}[r]
}

// explain says what was seen of a node that gave no report, and what to do.
func (j *judge) explain(n *Node) (text, advice string) {
	at, start := n.Address, "Start it again under the same name"
	switch n.Reach {
	case NoStore:
		return n.Name + " runs, and is no node of the store" + n.erlang(),
			"If it is meant to be one, something else has taken its name: stop that, and start the node"
	case Mute:
		return n.Name + " is linked with, but its store gives no answer in time",
			"It is overloaded, or hangs: look at its log and its load, and restart it if it does not recover"
	case Unregistered:
		return fmt.Sprintf("%s does not run: EPMD on %s does not have the name", n.Name, Host(n.Name)),
			start
	case Unmapped:
		return fmt.Sprintf("%s cannot be found: EPMD on %s does not answer (%s)", n.Name, Host(n.Name), n.Why),
			"If no node runs on that host, start it; if one does, see that the port of EPMD (4369) is open, or name the node with its port, as NODE:PORT"
	case Refused:
		return fmt.Sprintf("%s does not run: nobody listens at %s", n.Name, at), start
	case Unreachable:
		return fmt.Sprintf("%s cannot be reached: no answer from %s", n.Name, at),
			"See whether its host runs, and what stands between: a firewall, a lost route, a cable"
	case Silent:
		return fmt.Sprintf("%s hangs: its port at %s is open, and nobody answers there", n.Name, at),
			"The process is stopped (kill -CONT lets it go on) or starved: see what holds it up, or restart it"
	case Cookie:
		return j.wrongCookie(n)
	case Misnamed:
		return fmt.Sprintf("at %s, where EPMD has %s, is another node (%s)", at, n.Name, n.Why),
			"The registration is an old one, or the port goes elsewhere: restart the node, so that it registers anew"
	case Barred:
		return n.Name + " lets only certain nodes in, and this doctor is not one of them",
			"Ask from a node that is allowed"
	case Old:
		return fmt.Sprintf("%s is of an Erlang/OTP that is too old (%s)", n.Name, n.Why), "OTP 25 and later can be linked with"
	}
	return fmt.Sprintf("%s does not answer: %s", n.Name, n.Why), "Look at its log"
}

// erlang is the release of a node of Erlang, in brackets.
func (n *Node) erlang() string {
	if n.OTP == "" {
		return ""
	}
	return " (Erlang/OTP " + n.OTP + ")"
}

// wrongCookie: who has the wrong one, the node or the doctor, is told by the others.
func (j *judge) wrongCookie(n *Node) (text, advice string) {
	if len(j.answering) > 0 {
		return fmt.Sprintf("%s has another cookie than %s", n.Name, list(names(j.answering))),
			"Give it the cookie of the others (--cookie, PAXOSKV_COOKIE or ~/.erlang.cookie) and start it again"
	}
	return fmt.Sprintf("%s has another cookie than this doctor", n.Name),
		"Give the doctor the cluster's cookie: --cookie, PAXOSKV_COOKIE or ~/.erlang.cookie"
}

// judgeNodes: who was expected to answer and did not.
func judgeNodes(j *judge) {
	for i := range j.Nodes {
		n := &j.Nodes[i]
		if n.Report != nil {
			continue
		}
		seats, linked, held := j.seenBy(n.Name)
		if n.Reach == NoStore && len(seats) == 0 && (held || n.OTP != "") {
			continue // a node of Erlang, as it should be
		}
		if !n.Asked && len(seats) == 0 && len(linked) == 0 {
			continue // a name that some node would connect to, if there were such a node
		}
		text, advice := j.explain(n)
		if len(linked) > 0 {
			text += fmt.Sprintf("; yet %s connected to it", have(linked))
		}
		if len(seats) > 0 {
			text += "; it holds a seat"
			if j.quorate() && n.Reach != Cookie {
				advice += fmt.Sprintf(", or start another node, which takes its seat; until then the cluster bears the loss of %s", j.bears())
			}
		}
		j.find(Warning, advice, "%s", text)
	}
}

// seenBy says who takes a node for a member, and who is connected to it as a node
// of the store, or at all.
func (j *judge) seenBy(name string) (seats, linked []string, held bool) {
	for _, a := range j.answering {
		if _, found := a.Report.Seat(name); found {
			seats = append(seats, a.Name)
		}
		if p, _ := a.Report.Peer(name); p.Connected {
			held = true
			if p.Store {
				linked = append(linked, a.Name)
			}
		}
	}
	return seats, linked, held
}

func have(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return list(names) + " are"
}

func (j *judge) quorate() bool { return len(j.clusters) == 1 && j.clusters[0].quorum }

// bears says of how many more members the cluster bears the loss.
func (j *judge) bears() string {
	c := j.clusters[0]
	votes := 0
	for _, s := range c.latest.Seats {
		if _, _, voting := j.seatState(c, s); voting {
			votes++
		}
	}
	switch n := votes - quorumOf(c.latest.Size); {
	case n <= 0:
		return "no member more"
	default:
		return plural(n, "member") + " more"
	}
}

// judgeMappers: nodes run, and newcomers cannot find them.
func judgeMappers(j *judge) {
	for _, m := range j.Mappers {
		for _, n := range j.answering {
			if Host(n.Name) != m.Host || n.Report.Mapper == 0 {
				continue
			}
			port, found := m.Ports[n.Name]
			switch {
			case m.Err != "":
				j.find(Warning, "Start it (epmd -daemon), or restart a node of that host, which serves it where nobody does",
					"%s runs, but EPMD on %s does not answer (%s): nodes that come new do not find it", n.Name, m.Host, strings.TrimPrefix(m.Err, "epmd: "))
			case !found:
				j.find(Warning, "Restart the node, so that it registers anew",
					"%s runs, but EPMD on %s does not have its name: nodes that come new do not find it", n.Name, m.Host)
			case n.Report.Port != 0 && port != n.Report.Port:
				j.find(Warning, "Somebody else has registered the name: stop that, and restart the node",
					"%s listens on port %d, and EPMD on %s has port %d for it", n.Name, n.Report.Port, m.Host, port)
			}
		}
	}
}

// judgeErlang: nodes of Erlang that are too old for keys to be tied to them.
func judgeErlang(j *judge) {
	for i := range j.Nodes {
		n := &j.Nodes[i]
		if len(n.OTP) == 2 && n.OTP < "25" {
			j.find(Notice, "Use OTP 25 or later there", "%s is of Erlang/OTP %s, which the store is not tested with", n.Name, n.OTP)
		}
	}
}
