// Package linear decides whether the history of a key, as clients saw it, is
// linearizable: a register that is empty or holds a value, whose values are put
// once, and erased no sooner than they may be. Erasures are no client's calls; when
// a value may be erased is for whoever knows the faults to say.
//
// There are two checks, which agree: Check, in about linear time, goes by the order
// of revs; Porcupine searches, and uses revs nowhere.
package linear
