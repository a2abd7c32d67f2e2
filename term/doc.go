// Package term is everything that PaxosKV knows about Erlang terms: an exact codec
// for the external term format (Encode, Decode, Valid), a canonical form for keys
// (Key, KeyOfETF), and a parser and printer of Erlang's syntax (Parse, ParsePrefix,
// Format). It is pure: no I/O, clock, goroutine or randomness.
//
// # Go values and Erlang terms
//
// Go's own types follow the convention of ergo's package etf.
//
//	Go value given to Encode or Key          Erlang term
//	nil, a nil pointer                       []
//	bool                                     the atom true or false
//	every integer type, big.Int, *big.Int    an integer
//	float32, float64, finite                 a float
//	string                                   the list of its bytes
//	etf.Charlist, in UTF-8                   the list of its code points
//	[]byte, etf.String                       a binary
//	etf.Atom, in UTF-8, to 255 characters    an atom
//	etf.Tuple                                a tuple
//	etf.List, other slices and arrays        a list
//	etf.ListImproper                         a list whose tail is the last element
//	Map, etf.Map, other maps                 a map
//	a struct                                 a map: field names, or their etf:"tag", as atoms
//	a pointer                                what it points to
//	etf.Pid, etf.Ref, etf.Alias              a pid, a reference
//	Port, etf.Port                           a port
//	Export (which is etf.Export)             fun M:F/A
//	Fun, etf.Function                        a closure
//	Bitstring                                a bitstring of no whole number of bytes
//	Raw                                      the term that it encodes
//	etf.Marshaler                            a binary of what it returns
//	a named bool, integer, float or string   as its underlying type (ergo refuses these)
//
// As in ergo a named type of byte slices is a list, not a binary. The types that are
// registered with ergo are encoded here as if they were not. Everything else has no
// Erlang form: channels, Go functions, complex numbers, NaN and the infinities,
// structs with unexported fields, values that hold themselves. Encode and Key refuse
// it with ErrBadTerm and name the Go type and the way to it.
//
// Decode and Parse return one Go value for one term, however it was written:
//
//	Erlang term                              Go value
//	an integer from 0 to 255                 int
//	another one                              the first that holds it of int64, uint64, *big.Int
//	a float                                  float64
//	true, false                              bool
//	another atom                             etf.Atom
//	[]                                       etf.List{}
//	a list of bytes that is not empty        string
//	another list                             etf.List, or etf.ListImproper if its tail is not []
//	a tuple                                  etf.Tuple
//	a map                                    Map, in the order of its keys' canonical forms
//	a binary                                 []byte
//	a bitstring                              Bitstring
//	a pid, a reference, a port               etf.Pid, etf.Ref, Port
//	fun M:F/A, a closure                     Export, Fun
//
// A map is always a Map: binaries and lists cannot be keys of a Go map, and a type
// that depended on the keys would surprise. etf.Pid holds the serial in the upper
// half of its ID, etf.Ref three words when the last two are 0 and five otherwise.
//
// # Keys
//
// Key(a) and Key(b) are equal bytes exactly when OTP 27 says a =:= b. So 1 and 1.0
// differ, and 0.0 and -0.0 (which OTP 26 and earlier take for the same). These are
// the same: a string and the list of its bytes; a bool and its atom; a number, an
// atom, a pid, a port or a reference in any of its encodings; maps in any order;
// [1|[2]] and [1,2]; references that differ in words of zero at the end; and closures
// that differ in nothing but the process that made them. The form is itself an
// external term in the encodings that OTP 26 and later write, with the pairs of maps
// in the order of their keys' bytes. A map that holds a key twice is refused.
//
// Terms that are not whole are refused: LOCAL_EXT (ErrLocalExt), atom cache
// references and distribution headers (ErrAtomCache), bytes after the term. So are
// references of no words, which Erlang reads but never makes. Containers nest to
// MaxDepth at most, and no length is believed before the bytes are seen.
//
// # Text
//
// Parse takes what Erlang's own parser takes as a term, and a full stop may be left
// out. It is stricter where Erlang drops something in silence: a map that names a
// key twice, and a character above 255 in a binary without /utf8. What Erlang prints
// but cannot read back has forms of our own, which also hold the node and creation:
//
//	#Pid<node1@127.0.0.1.ID.SERIAL.CREATION>
//	#Ref<node1@127.0.0.1.WORD:WORD:WORD.CREATION>    one to five words
//	#Port<node1@127.0.0.1.ID.CREATION>
//	#Fun<module/ARITY:BASE64>                        the whole external term, in base64url
//
// All are decimal numbers. They hold no blanks, and are read from the right, so that
// a node name may have points in it; one without an @, or with other characters than
// letters, digits and _ @ - . stands in quotes, as an atom does: #Port<'a b'.1.2>.
package term
