package term

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"

	"github.com/ergo-services/ergo/etf"
)

// Format prints a Go value as an Erlang term, in one line, as Erlang's ~0tp does
// where the printable range is Unicode: lists and binaries that are text are printed
// as text. Parse reads it back as the same term. Maps are printed in Erlang's order
// of terms. A value with no Erlang form is printed as the error in angle brackets,
// which Parse does not read.
func Format(v any) string {
	b, err := Encode(v)
	if err == nil {
		v, err = Decode(b)
	}
	if err != nil {
		return "<" + err.Error() + ">"
	}
	return string(appendTerm(nil, v))
}

// appendTerm prints a value of a type that Decode returns.
func appendTerm(dst []byte, v any) []byte {
	switch t := v.(type) {
	case bool:
		return strconv.AppendBool(dst, t)
	case int:
		return strconv.AppendInt(dst, int64(t), 10)
	case int64:
		return strconv.AppendInt(dst, t, 10)
	case uint64:
		return strconv.AppendUint(dst, t, 10)
	case *big.Int:
		return t.Append(dst, 10)
	case float64:
		return appendFloatText(dst, t)
	case etf.Atom:
		return appendAtomText(dst, t)
	case string:
		return appendStringText(dst, t)
	case []byte:
		return appendBinaryText(dst, t)
	case Bitstring:
		return appendBitstringText(dst, t)
	case etf.List:
		return appendListText(dst, t)
	case etf.ListImproper:
		dst = appendItems(append(dst, '['), t[:len(t)-1])
		return append(appendTerm(append(dst, '|'), t[len(t)-1]), ']')
	case etf.Tuple:
		return append(appendItems(append(dst, '{'), t), '}')
	case Map:
		return appendMapText(dst, t)
	}
	return appendIdentifier(dst, v)
}

func appendItems(dst []byte, items []etf.Term) []byte {
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTerm(dst, v)
	}
	return dst
}

func appendListText(dst []byte, l etf.List) []byte {
	if runes, ok := printableList(l); ok {
		return appendQuoted(dst, runes, '"')
	}
	return append(appendItems(append(dst, '['), l), ']')
}

func appendMapText(dst []byte, m Map) []byte {
	dst = append(dst, "#{"...)
	for i, p := range inTermOrder(m) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTerm(dst, p.Key)
		dst = append(dst, " => "...)
		dst = appendTerm(dst, p.Value)
	}
	return append(dst, '}')
}

// appendIdentifier prints what Erlang has no syntax for, or only one that forgets
// the node: see the forms that the parser names.
func appendIdentifier(dst []byte, v any) []byte {
	switch t := v.(type) {
	case etf.Pid:
		dst = appendNode(append(dst, "#Pid<"...), t.Node)
		return fmt.Appendf(dst, ".%d.%d.%d>", uint32(t.ID), t.ID>>32, t.Creation)
	case etf.Ref:
		dst = appendNode(append(dst, "#Ref<"...), t.Node)
		for i, w := range t.ID[:refWords(t.ID)] {
			sep := byte(':')
			if i == 0 {
				sep = '.'
			}
			dst = strconv.AppendUint(append(dst, sep), uint64(w), 10)
		}
		return fmt.Appendf(dst, ".%d>", t.Creation)
	case Port:
		dst = appendNode(append(dst, "#Port<"...), t.Node)
		return fmt.Appendf(dst, ".%d.%d>", t.ID, t.Creation)
	case Export:
		dst = appendAtomText(append(dst, "fun "...), t.Module)
		dst = appendAtomText(append(dst, ':'), t.Function)
		return fmt.Appendf(dst, "/%d", t.Arity)
	case Fun:
		return appendFunText(dst, t)
	}
	return fmt.Appendf(dst, "<%T>", v)
}

func appendNode(dst []byte, node etf.Atom) []byte {
	if isBareNode(string(node)) {
		return append(dst, node...)
	}
	return appendQuoted(dst, []rune(node), '\'')
}

// appendFunText prints a closure: where it comes from, for people, and all of it,
// for the parser.
func appendFunText(dst []byte, f Fun) []byte {
	b, err := Encode(f)
	if err != nil {
		return append(dst, "<fun>"...)
	}
	dst = appendAtomText(append(dst, "#Fun<"...), f.Module)
	dst = fmt.Appendf(dst, "/%d:", f.Arity)
	dst = base64.RawURLEncoding.AppendEncode(dst, b)
	return append(dst, '>')
}
