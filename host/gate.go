package host

// callBytes is what a request under way counts for besides what it holds: about
// what its operation, its timers and its messages take.
const callBytes = 4 << 10

// admit takes in a request that holds so many bytes, or says ErrBusy. The returned
// function is to be called at its end in place of end.
func (h *Host) admit(bytes int, end func(Answer, error)) (func(Answer, error), error) {
	n := int64(bytes + callBytes)
	if h.underWay.Add(n) > int64(h.limits.Load().UnderWay) {
		h.underWay.Add(-n)
		return nil, h.Busy()
	}
	return func(a Answer, err error) {
		h.underWay.Add(-n)
		end(a, err)
	}, nil
}

// Busy counts a request that is refused because too much is under way, and is its
// error.
func (h *Host) Busy() error {
	h.Stats.Busy.Add(1)
	return ErrBusy
}
