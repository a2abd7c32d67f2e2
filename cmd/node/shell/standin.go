package shell

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ergo-services/ergo/etf"
)

// This file stands in for package term until that has a parser: atoms,
// integers, strings, pids, tuples and lists, and nothing else.

var errStandIn = errors.New("not a term")

var standInToken = regexp.MustCompile(`^(?:-?\d+|[a-z][A-Za-z0-9_@]*|'[^']*'|"[^"]*"|<[A-Za-z0-9_@.]+\.\d+\.\d+>)`)

func standInParse(text string) (any, string, error) {
	text = strings.TrimLeft(text, " \t")
	if text != "" && (text[0] == '{' || text[0] == '[') {
		return standInSequence(text)
	}
	token := standInToken.FindString(text)
	if token == "" {
		return nil, "", errStandIn
	}
	rest := text[len(token):]
	switch {
	case token[0] == '\'':
		return etf.Atom(token[1 : len(token)-1]), rest, nil
	case token[0] == '"':
		return token[1 : len(token)-1], rest, nil
	case token[0] == '<':
		parts := strings.Split(token[1:len(token)-1], ".")
		last := len(parts) - 1
		id, _ := strconv.ParseUint(parts[last-1], 10, 64)
		creation, _ := strconv.ParseUint(parts[last], 10, 32)
		return etf.Pid{Node: etf.Atom(strings.Join(parts[:last-1], ".")), ID: id, Creation: uint32(creation)}, rest, nil
	case token == "true" || token == "false":
		return token == "true", rest, nil
	}
	if n, err := strconv.Atoi(token); err == nil {
		return n, rest, nil
	}
	return etf.Atom(token), rest, nil
}

func standInSequence(text string) (any, string, error) {
	closer := map[byte]string{'{': "}", '[': "]"}[text[0]]
	var items []etf.Term
	rest := strings.TrimLeft(text[1:], " ")
	for !strings.HasPrefix(rest, closer) {
		if len(items) > 0 {
			if !strings.HasPrefix(rest, ",") {
				return nil, "", errStandIn
			}
			rest = rest[1:]
		}
		v, after, err := standInParse(rest)
		if err != nil {
			return nil, "", err
		}
		items = append(items, v)
		rest = strings.TrimLeft(after, " ")
	}
	if closer == "}" {
		return etf.Tuple(items), rest[1:], nil
	}
	return etf.List(items), rest[1:], nil
}

var standInAtom = regexp.MustCompile(`^[a-z][A-Za-z0-9_@]*$`)

func standInFormat(v any) string {
	join := func(items []etf.Term) string {
		var out []string
		for _, i := range items {
			out = append(out, standInFormat(i))
		}
		return strings.Join(out, ",")
	}
	switch v := v.(type) {
	case etf.Atom:
		if standInAtom.MatchString(string(v)) {
			return string(v)
		}
		return "'" + string(v) + "'"
	case etf.Tuple:
		return "{" + join(v) + "}"
	case etf.List:
		return "[" + join(v) + "]"
	case string:
		return strconv.Quote(v)
	case etf.Pid:
		return fmt.Sprintf("<%s.%d.%d>", v.Node, v.ID, v.Creation)
	}
	return fmt.Sprint(v)
}
