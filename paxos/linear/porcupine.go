package linear

import (
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/paxoskv/paxoskv/paxos"
)

// Verdict is what porcupine says: Ok, Illegal, or Unknown where time ran out.
type Verdict = porcupine.CheckResult

// The verdicts.
const (
	Ok      = porcupine.Ok
	Illegal = porcupine.Illegal
	Unknown = porcupine.Unknown
)

// Porcupine decides with porcupine whether a history is linearizable, and gives up
// after a time; 0 is never.
//
// The model is a register that is empty or holds a value, and the time of its
// last step, since erasing is bound to time: an erasure is done by the step that
// first finds the value away, which is no later than it can be, and its time is
// no sooner than the value may be erased. A step's time lies between the
// beginning and the end of its call.
func Porcupine(acts []Act, values []Written, patience time.Duration) Verdict {
	erasable := make(map[paxos.Value]int64, len(values))
	for _, v := range values {
		erasable[v.Value] = v.Erasable
	}
	ops := make([]porcupine.Operation, 0, len(acts))
	for _, a := range acts {
		end := int64(math.MaxInt64)
		if a.End != Open {
			end = int64(a.End)
		}
		ops = append(ops, porcupine.Operation{Input: a, Call: int64(a.Begin), Return: end})
	}
	return porcupine.CheckOperationsTimeout(register(erasable), ops, patience)
}

type registerState struct {
	value paxos.Value // "" when empty
	at    int64
}

func register(erasable map[paxos.Value]int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return registerState{} },
		Step: func(state, input, _ any) (bool, any) {
			s, a := state.(registerState), input.(Act)
			s.at = max(s.at, a.BeginAt)
			if s.value != "" && (a.Value == "" || a.Create) {
				s.at, s.value = max(s.at, erasable[s.value]), ""
			}
			if a.Create {
				s.value = a.Value
			}
			return s.at <= a.EndAt && s.value == a.Value, s
		},
	}
}
