package cluster

import (
	"os"
	"sync"

	"github.com/paxoskv/paxoskv/cmd/node/local"
)

var ports struct {
	sync.Mutex
	clusters int
}

// freePorts returns ports that nobody listens on. Two clusters of one program
// never get the same; of two programs they seldom do, and the one that finds a
// port taken is started again with others.
func freePorts(count int) ([]int, error) {
	ports.Lock()
	defer ports.Unlock()
	ports.clusters++
	// A seed stands for a range of 64 ports. Half of all ranges are left to the
	// tests of other packages, which take the process id as it is.
	return local.FreePorts(hostAddress, count, os.Getpid()*31+ports.clusters)
}
