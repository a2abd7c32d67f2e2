// Package control reads and writes the control tuples of the distribution: who
// sends to whom, links, monitors, exits. It knows every operation that OTP 25 to
// 28 may send, in the old and the payload form, with and without a trace token,
// and folds them into one Message.
package control
