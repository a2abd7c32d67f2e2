// Package pauseuntil has a child for a supervisor that holds it until a function
// returns: the children after it start only then.
//
//	func (s *tree) Init(...etf.Term) (gen.SupervisorSpec, error) {
//		return gen.SupervisorSpec{
//			Strategy: ...,
//			Children: []gen.SupervisorChildSpec{
//				sup.BucketChild("", "B"),
//				pauseuntil.Child("", 10*time.Second, func(ctx context.Context) error {
//					return paxoskv.WaitForBucket(ctx, "B")
//				}),
//				{Child: &needsB{}},
//			}}, nil
//	}
//
// The function is called once for each start of the child, in a goroutine of its
// own, and is not asked again: it blocks for as long as it has to wait. Its
// context ends with the timeout, with the supervisor and with the node. When it
// has returned nil, the child stays as an idle process. Should that end, the
// supervisor starts it again by its strategy, and the new one holds it again;
// children that run go on meanwhile.
//
// # When it fails
//
// The function fails when it returns an error, panics, or has not returned at
// the deadline. The error is logged, and handed to OnError. Then the supervisor
// ends, for reasons that ergo gives: a child that returns an error from its start
// leaves whoever started the supervisor hanging for ever. What becomes of the
// supervisor after that is up to its own supervisor, which starts it again, by
// its strategy and intensity. How it ends depends on its kind:
//
//   - One that embeds Supervisor of this package, in place of gen.Supervisor,
//     ends there and then. The children after the pause are never started. The
//     reason of its end is the error's text.
//   - A gen.Supervisor goes through the rest of its children before it looks at
//     anything else, and there is no way to stop it. It is killed, so the Init of
//     these children is called in a context that has ended already, and they end
//     as soon as they run. A second pause among them does not call its function.
//     Where a supervisor above starts it again, give its children no names: ergo
//     may find them taken still, and hang.
//   - A gen.Application that has the pause as a child of its own fails to start.
//
// The Spawn that started the supervisor, and the start of an application around
// it, return in each case; Spawn does so without an error, which ergo has no way
// to hand on.
package pauseuntil
