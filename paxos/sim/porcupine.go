package sim

import (
	"math"

	"github.com/anishathalye/porcupine"
	"github.com/paxoskv/paxoskv/paxos"
)

// checkPorcupine decides with porcupine whether a history is linearizable. It
// uses the order of revs nowhere.
//
// The model is a register that is empty or holds a value, and the time of its
// last step, since erasing is bound to time: an erasure is done by the step that
// first finds the value away, which is no later than it can be, and its time is
// no sooner than the value may be erased. A step's time lies between the
// beginning and the end of its call.
func checkPorcupine(acts []act, values []written) bool {
	erasable := make(map[paxos.Value]int64, len(values))
	for _, v := range values {
		erasable[v.value] = v.erasable
	}
	ops := make([]porcupine.Operation, 0, len(acts))
	for _, a := range acts {
		end := int64(math.MaxInt64)
		if a.end != math.MaxUint64 {
			end = int64(a.end)
		}
		ops = append(ops, porcupine.Operation{Input: a, Call: int64(a.begin), Return: end})
	}
	return porcupine.CheckOperations(register(erasable), ops)
}

type registerState struct {
	value paxos.Value // "" when empty
	at    int64
}

func register(erasable map[paxos.Value]int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return registerState{} },
		Step: func(state, input, _ any) (bool, any) {
			s, a := state.(registerState), input.(act)
			s.at = max(s.at, a.call.beginAt)
			if s.value != "" && (a.value == "" || a.create) {
				s.at, s.value = max(s.at, erasable[s.value]), ""
			}
			if a.create {
				s.value = a.value
			}
			return s.at <= a.endAt && s.value == a.value, s
		},
	}
}
