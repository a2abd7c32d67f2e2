package dist

import (
	"fmt"

	"github.com/paxoskv/paxoskv/dist/internal/ext"
	"github.com/paxoskv/paxoskv/term"

	"github.com/ergo-services/ergo/etf"
)

// Raw is one term in the external format, with its leading 131. It is what
// processes get for terms of the peers, and it can be sent on as it is.
type Raw = term.Raw

// The names by which gen_server marks its messages.
const (
	genCall = etf.Atom("$gen_call")
	genCast = etf.Atom("$gen_cast")
)

// appendPayload appends a message with its leading 131. Binaries, raw terms and
// the skeletons that gen.Server sends are written here; the rest by package term.
func appendPayload(dst []byte, message etf.Term) ([]byte, error) {
	return appendTerm(append(dst, ext.Version), message, 0)
}

// skeletonDepth is how deep gen.Server's own tuples nest.
const skeletonDepth = 3

func appendTerm(dst []byte, value any, depth int) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return ext.AppendBinary(dst, v), nil
	case Raw:
		if err := ext.One(v); err != nil {
			return dst, err
		}
		return append(dst, v[1:]...), nil
	case etf.Atom:
		return ext.AppendAtom(dst, v)
	case etf.Pid:
		return ext.AppendPid(dst, v)
	case etf.Ref:
		return ext.AppendRef(dst, v)
	case etf.Alias:
		return ext.AppendRef(dst, etf.Ref(v))
	case etf.ListImproper:
		if ref, ok := isAliasTag(v); ok {
			return ext.AppendAliasTag(dst, ref)
		}
	case etf.Tuple:
		if depth < skeletonDepth {
			return appendTuple(dst, v, depth)
		}
	}
	encoded, err := term.Encode(value)
	if err != nil {
		return dst, fmt.Errorf("dist: encode %T: %w", value, err)
	}
	return append(dst, encoded[1:]...), nil
}

func appendTuple(dst []byte, t etf.Tuple, depth int) ([]byte, error) {
	dst = ext.AppendTuple(dst, len(t))
	for _, element := range t {
		var err error
		if dst, err = appendTerm(dst, element, depth+1); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// isAliasTag recognises the tag of a reply to an alias, as gen.Server writes it.
func isAliasTag(l etf.ListImproper) (etf.Ref, bool) {
	if len(l) != 2 || l[0] != etf.Atom("alias") {
		return etf.Ref{}, false
	}
	ref, ok := l[1].(etf.Ref)
	return ref, ok
}

// payload is what came behind a control tuple. If owned is false the bytes
// belong to the reader and must be copied before they are kept.
type payload struct {
	b     []byte
	owned bool
}

// decode makes of a payload what a process gets: gen.Server's own skeletons with
// the request, or the reply, as Raw; []byte or Raw for all else.
func (l *link) decode(p payload) (etf.Term, error) {
	if err := ext.One(p.b); err != nil {
		return nil, err
	}
	r := &ext.Reader{B: p.b[1:], Intern: &l.intern}
	if r.IsBinary() && l.wire.opts.Plain == nil {
		return p.keep(r.Binary()), nil
	}
	if skeleton, ok := p.skeleton(r); ok {
		return skeleton, nil
	}
	raw := Raw(p.keep(p.b))
	if l.wire.opts.Plain != nil {
		return l.wire.opts.Plain(raw)
	}
	return raw, nil
}

// keep returns bytes of the payload that may be kept.
func (p payload) keep(b []byte) []byte {
	if p.owned {
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}

// rest returns the last term of the payload as Raw. In memory of our own the 131
// takes the place of a byte that has been read already.
func (p payload) rest(r *ext.Reader) Raw {
	if at := len(p.b) - len(r.B) - 1; p.owned && at > 0 {
		p.b[at] = ext.Version
		return Raw(p.b[at:])
	}
	out := make(Raw, 0, len(r.B)+1)
	return append(append(out, ext.Version), r.B...)
}

// skeleton reads {'$gen_call', {Pid, Tag}, X}, {'$gen_cast', X} and {Ref, X}. The
// payload is known to be one whole term, so X is all that is left.
func (p payload) skeleton(r *ext.Reader) (etf.Term, bool) {
	if !r.IsTuple() {
		return nil, false
	}
	arity := r.Tuple()
	switch {
	case arity == 2 && r.IsRef():
		ref := r.Ref()
		return etf.Tuple{ref, p.rest(r)}, r.Err == nil
	case arity == 2 && r.IsAtom() && r.Atom() == genCast:
		return etf.Tuple{genCast, p.rest(r)}, r.Err == nil
	case arity == 3 && r.IsAtom() && r.Atom() == genCall:
		from, ok := caller(r)
		if !ok {
			return nil, false
		}
		return etf.Tuple{genCall, from, p.rest(r)}, true
	}
	return nil, false
}

// caller reads {Pid, Tag}, with a Tag that is a reference or [alias|Ref]. The
// latter becomes the proper list that gen.Server looks for.
func caller(r *ext.Reader) (etf.Tuple, bool) {
	if !r.IsTuple() || r.Tuple() != 2 || !r.IsPid() {
		return nil, false
	}
	pid := r.Pid()
	if r.IsRef() {
		ref := r.Ref()
		return etf.Tuple{pid, ref}, r.Err == nil
	}
	ref, ok := r.AliasTag()
	return etf.Tuple{pid, etf.List{etf.Atom("alias"), ref}}, ok && r.Err == nil
}
