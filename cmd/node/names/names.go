// Package names is how the nodes of the program are numbered: what node 3 is
// called, whom it connects to, and which number the next node takes.
package names

import (
	"errors"
	"fmt"
)

// Most is the highest number of a node. A node with the number n has 2n names
// to try, so this bounds what a slip of the finger can cost.
const Most = 999

// ErrAllTaken is returned when no number up to Most is free.
var ErrAllTaken = errors.New("all node numbers are taken")

// Name is the name of node n at a host: node1@127.0.0.1.
func Name(n int, host string) string { return fmt.Sprintf("node%d@%s", n, host) }

// Peers lists the nodes that node n connects to: the n before it, which are the
// nodes 0 to n-1, and the n after it. Of any two nodes the later one connects
// to the earlier, so all of them get connected; node 0 connects to nobody.
func Peers(n int, host string) []string {
	var peers []string
	for i := 0; i <= 2*n; i++ {
		if i != n {
			peers = append(peers, Name(i, host))
		}
	}
	return peers
}

// Lowest returns the lowest number, from 1, that claim wins. claim returns
// false when the number is another node's, also when that one came first by a
// hair: whoever starts at the same time decides nothing here, the claim does.
func Lowest(claim func(n int) (bool, error)) (int, error) {
	for n := 1; n <= Most; n++ {
		won, err := claim(n)
		if err != nil {
			return 0, fmt.Errorf("node %d: %w", n, err)
		}
		if won {
			return n, nil
		}
	}
	return 0, ErrAllTaken
}
