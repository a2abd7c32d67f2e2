package config

import (
	"strconv"
	"strings"

	"github.com/paxoskv/paxoskv/host"
)

// limitOf is a limit by the name that it has on the command line, nil where there
// is none of that name.
func limitOf(l *host.Limits, name string) *int {
	switch name {
	case "key":
		return &l.Key
	case "value":
		return &l.Value
	case "ties":
		return &l.Ties
	case "under-way":
		return &l.UnderWay
	case "learned":
		return &l.Learned
	case "outbox":
		return &l.Outbox
	}
	return nil
}

var limitNames = []string{"key", "value", "ties", "under-way", "learned", "outbox"}

// readLimits reads limits such as key=1K,value=2M.
func (r *raw) readLimits(c *Config) error {
	if !r.given["limits"] {
		return nil
	}
	for _, part := range strings.Split(r.limits, ",") {
		name, size, _ := strings.Cut(part, "=")
		limit := limitOf(&c.Limits, name)
		if limit == nil {
			return usage("--limits: %q is not NAME=SIZE with a name of %s", part, strings.Join(limitNames, ", "))
		}
		n, ok := readSize(size)
		if !ok {
			return usage("--limits: %q is not a number from 1 on, such as 4096, 64K, 8M or 1G", size)
		}
		*limit = n
	}
	if err := c.Limits.Check(); err != nil {
		return usage("--limits: %v", err)
	}
	return nil
}

// readSize reads a number, of bytes or of K, M or G of them.
func readSize(s string) (n int, ok bool) {
	shift := 0
	if i := len(s) - 1; i >= 0 {
		if unit := strings.IndexByte("KMG", s[i]); unit >= 0 {
			s, shift = s[:i], 10*(unit+1)
		}
	}
	v, err := strconv.ParseUint(s, 10, 31)
	if err != nil || v == 0 || v > 1<<40>>shift {
		return 0, false
	}
	return int(v) << shift, true
}

// limitsArg is what readLimits reads, empty where all limits are the default.
func limitsArg(l host.Limits) string {
	var parts []string
	for _, name := range limitNames {
		if n := *limitOf(&l, name); n != 0 {
			parts = append(parts, name+"="+itoa(n))
		}
	}
	return strings.Join(parts, ",")
}
