// Package mutants plants faults into the core and demands that they are found.
//
// A fault is an edit of the source that the compiler is given in place of the
// file (go test -overlay), so that the core itself needs no switches. Each names
// the check that has to find it: that check is run on the faulty core, and must
// fail with the words of the property that broke. A fault that is not found is a
// hole in the checker.
package mutants
