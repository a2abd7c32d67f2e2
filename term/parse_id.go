package term

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/ergo-services/ergo/etf"
)

// The forms in which identifiers are written. Erlang's own, such as <0.1.2>, name
// neither the node nor its creation and so cannot be read anywhere else.
const (
	pidForm  = "#Pid<NODE.ID.SERIAL.CREATION>"
	refForm  = "#Ref<NODE.WORD:WORD:WORD.CREATION>"
	portForm = "#Port<NODE.ID.CREATION>"
	funForm  = "#Fun<MODULE/ARITY:BASE64>"
)

// identifier reads one of the forms above.
func (p *parser) identifier(depth int) (any, error) {
	start := p.pos
	p.pos++
	kind := p.name()
	p.pos += len(kind)
	if p.peek() != '<' {
		return nil, p.fail(start, "a map, or one of #Pid<, #Ref<, #Port< and #Fun<")
	}
	p.pos++
	switch kind {
	case "Pid":
		return p.pid()
	case "Ref":
		return p.ref()
	case "Port":
		return p.port()
	case "Fun":
		return p.fun(depth)
	}
	return nil, p.fail(start, "a map, or one of #Pid<, #Ref<, #Port< and #Fun<")
}

// fields reads a node name and n fields after it, parted by points, up to the
// closing >. A node name that is not quoted may hold points itself.
func (p *parser) fields(n int, form string) (etf.Atom, []string, error) {
	start := p.pos
	var node etf.Atom
	quoted := p.peek() == '\''
	if quoted {
		var err error
		if node, err = p.quotedAtom(); err != nil {
			return "", nil, err
		}
	}
	end := strings.IndexByte(p.s[p.pos:], '>')
	if end < 0 {
		return "", nil, p.fail(len(p.s), "'>'")
	}
	fields := strings.Split(p.s[p.pos:p.pos+end], ".")
	p.pos += end + 1
	first := len(fields) - n
	if first < 1 || quoted && (first > 1 || fields[0] != "") {
		return "", nil, p.fail(start, form)
	}
	if !quoted {
		node = etf.Atom(strings.Join(fields[:first], "."))
		if !isBareNode(string(node)) {
			return "", nil, p.fail(start, form+" (a NODE without @ stands in quotes)")
		}
	}
	return node, fields[first:], nil
}

// isBareNode says whether a node name needs no quotes inside an identifier. It must
// have an @, as those of all real nodes do: otherwise #Ref<0.1.2.3>, as Erlang prints
// it, would be read as something else.
func isBareNode(s string) bool {
	if !strings.Contains(s, "@") || len(s) > maxAtomChars {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || !isNameRune(rune(c)) && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// numbers reads decimal fields.
func (p *parser) numbers(at int, form string, bits []int, fields []string) ([]uint64, error) {
	out := make([]uint64, len(fields))
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, bits[i])
		if err != nil || f[0] == '+' {
			return nil, p.fail(at, form)
		}
		out[i] = n
	}
	return out, nil
}

func (p *parser) pid() (any, error) {
	at := p.pos
	node, fields, err := p.fields(3, pidForm)
	if err != nil {
		return nil, err
	}
	n, err := p.numbers(at, pidForm, []int{32, 32, 32}, fields)
	if err != nil {
		return nil, err
	}
	return etf.Pid{Node: node, ID: n[1]<<32 | n[0], Creation: uint32(n[2])}, nil
}

func (p *parser) port() (any, error) {
	at := p.pos
	node, fields, err := p.fields(2, portForm)
	if err != nil {
		return nil, err
	}
	n, err := p.numbers(at, portForm, []int{64, 32}, fields)
	if err != nil {
		return nil, err
	}
	return Port{Node: node, ID: n[0], Creation: uint32(n[1])}, nil
}

func (p *parser) ref() (any, error) {
	at := p.pos
	node, fields, err := p.fields(2, refForm)
	if err != nil {
		return nil, err
	}
	words := strings.Split(fields[0], ":")
	if len(words) > maxRefWords {
		return nil, p.fail(at, refForm)
	}
	all := append(words, fields[1])
	n, err := p.numbers(at, refForm, []int{32, 32, 32, 32, 32, 32}, all)
	if err != nil {
		return nil, err
	}
	r := etf.Ref{Node: node, Creation: uint32(n[len(n)-1])}
	for i := range words {
		r.ID[i] = uint32(n[i])
	}
	return r, nil
}

// fun reads a closure: its external form is in the text, and what stands before it
// must agree.
func (p *parser) fun(depth int) (any, error) {
	at := p.pos
	module, err := p.anyAtom()
	if err != nil {
		return nil, err
	}
	if err := p.need("/", "'/'"); err != nil {
		return nil, err
	}
	arity, err := p.natural(math.MaxUint8)
	if err != nil {
		return nil, err
	}
	if err := p.need(":", "':'"); err != nil {
		return nil, err
	}
	end := strings.IndexByte(p.s[p.pos:], '>')
	if end < 0 {
		return nil, p.fail(len(p.s), "'>'")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(p.s[p.pos : p.pos+end])
	if err != nil || len(b) == 0 || b[0] != tagVersion || validBody(b[1:], depth) != nil {
		return nil, p.fail(at, funForm)
	}
	p.pos += end + 1
	v, err := Decode(b)
	f, ok := v.(Fun)
	if err != nil || !ok || f.Module != module || uint64(f.Arity) != arity {
		return nil, p.fail(at, funForm)
	}
	return f, nil
}
