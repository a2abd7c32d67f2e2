// Package requesttest has requests that the store must refuse, for the tests of
// package request and of the actors that take them.
package requesttest

import (
	"math/big"
	"strings"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

type (
	tuple = etf.Tuple
	list  = etf.List
	atom  = etf.Atom
)

// Bucket are malformed requests to a proposer or a learner, by what is wrong.
func Bucket() map[string]any {
	bad := map[string]any{
		"atom":             atom("put"),
		"number":           1,
		"nil":              nil,
		"list":             list{atom("get"), "k", list{}},
		"binary":           []byte("get"),
		"empty tuple":      tuple{},
		"unknown request":  tuple{atom("delete"), "k", list{}},
		"name not an atom": tuple{"get", "k", list{}},
		"put, short":       tuple{atom("put"), "k", 1},
		"put, long":        tuple{atom("put"), "k", 1, list{}, list{}},
		"get, short":       tuple{atom("get"), "k"},
		"get, long":        tuple{atom("get"), "k", 1, list{}},
		"pid, short":       tuple{atom("pid"), "k"},
		"node, short":      tuple{atom("node"), "k"},
		"watch, short":     tuple{atom("watch")},
		"watch a name":     tuple{atom("watch"), atom("someone"), "k"},
		"watch, long":      tuple{atom("watch"), etf.Pid{}, "k", list{}},
		"unwatch nobody":   tuple{atom("unwatch"), "k"},
		"lost, short":      tuple{atom("lost"), etf.Pid{}, "k"},
		"lost, no rev":     tuple{atom("lost"), etf.Pid{}, "k", 7},
		"cast as call":     tuple{atom("$gen_cast"), atom("ping")},
		"huge":             tuple{atom("delete"), strings.Repeat("x", 100_000), list{}},
		"not a term":       term.Raw("\x83nonsense"),
		"empty term":       term.Raw{},
	}
	for name, opts := range map[string]any{
		"an atom": atom("stale"), "a tuple": tuple{atom("bucket"), atom("B")}, "a map": etf.Map{}, "a number": 1,
		"a string": "stale", "nil": nil,
	} {
		bad["options are "+name] = tuple{atom("get"), "k", opts}
	}
	for name, o := range map[string]any{
		"unknown atom": atom("fresh"), "unknown pair": tuple{atom("ttl"), 5}, "triple": tuple{atom("node"), atom("a@b"), 1},
		"single": tuple{atom("bucket")}, "empty": tuple{}, "number": 5, "list": list{atom("stale")},
		"pair named by a string": tuple{"bucket", atom("B")}, "stale with a value": tuple{atom("stale"), true},
		"pid not a pid": tuple{atom("pid"), 5}, "pid a name": tuple{atom("pid"), atom("someone")},
		"node a string": tuple{atom("node"), "a@b"}, "node a number": tuple{atom("node"), 5},
		"until a float": tuple{atom("until"), 5.0}, "until infinity": tuple{atom("until"), atom("infinity")},
		"until too large":     tuple{atom("until"), new(big.Int).Lsh(big.NewInt(1), 70)},
		"bucket empty":        tuple{atom("bucket"), atom("")},
		"bucket empty string": tuple{atom("bucket"), ""},
		"bucket a number":     tuple{atom("bucket"), 5},
		"no_quorum unknown":   tuple{atom("no_quorum"), atom("panic")},
		"no_quorum a string":  tuple{atom("no_quorum"), "retry"},
		"timeout zero":        tuple{atom("timeout"), 0}, "timeout negative": tuple{atom("timeout"), -1},
		"timeout infinity": tuple{atom("timeout"), atom("infinity")}, "timeout a float": tuple{atom("timeout"), 1.5},
		"timeout of years": tuple{atom("timeout"), int64(1) << 40}, "timeout past 2^63": tuple{atom("timeout"), uint64(1) << 63},
	} {
		bad["option "+name] = tuple{atom("get"), "k", list{atom("stale"), o}}
	}
	return bad
}

// Cluster are malformed requests to the cluster service.
func Cluster() map[string]any {
	return map[string]any{
		"unknown atom": atom("members"), "string": "ping", "number": 1, "nil": nil, "empty tuple": tuple{}, "list": list{},
		"ping with an argument": tuple{atom("ping"), 1}, "atom in a tuple": tuple{atom("ping")},
		"unknown tuple": tuple{atom("join"), atom("a@b")}, "name not an atom": tuple{"subscribe", etf.Pid{}},
		"resize without a size": tuple{atom("resize_cluster")}, "resize to zero": tuple{atom("resize_cluster"), 0},
		"resize below zero": tuple{atom("resize_cluster"), -3}, "resize beyond measure": tuple{atom("resize_cluster"), 1025},
		"resize to an atom": tuple{atom("resize_cluster"), atom("three")}, "resize to a float": tuple{atom("resize_cluster"), 3.0},
		"resize past 2^63":     tuple{atom("resize_cluster"), uint64(1) << 63},
		"resize past 2^64":     tuple{atom("resize_cluster"), new(big.Int).Lsh(big.NewInt(1), 70)},
		"resize, long":         tuple{atom("resize_cluster"), 3, 4},
		"subscribe a name":     tuple{atom("subscribe"), atom("someone")},
		"subscribe nobody":     tuple{atom("subscribe")},
		"unsubscribe a number": tuple{atom("unsubscribe"), 5},
		"not a term":           term.Raw("\x83nonsense"),
	}
}
