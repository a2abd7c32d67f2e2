package report

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// ErrNotReport is returned for a term that is no report.
var ErrNotReport = errors.New("not a report of a node")

// Parse reads a report from the term that a node sends: a map from the fields'
// names, as atoms. Fields that this release does not know are passed over, and
// those that the node does not know are zero: the two need not be of one release.
func Parse(t any) (r Report, err error) {
	if raw, ok := t.(term.Raw); ok {
		if t, err = term.Decode(raw); err != nil {
			return r, fmt.Errorf("%w: %w", ErrNotReport, err)
		}
	}
	if _, ok := t.(term.Map); !ok {
		return r, fmt.Errorf("%w: %s", ErrNotReport, short(t))
	}
	if err := fill(reflect.ValueOf(&r).Elem(), t); err != nil {
		return r, err
	}
	if r.Node == "" {
		return r, fmt.Errorf("%w: it names no node", ErrNotReport)
	}
	return r, nil
}

// fill puts a decoded term into a Go value of the kinds that a Report has.
func fill(v reflect.Value, t any) error {
	ok := true
	switch v.Kind() {
	case reflect.Struct:
		return fillStruct(v, t)
	case reflect.Slice:
		return fillSlice(v, t)
	case reflect.String:
		var s string
		s, ok = text(t)
		v.SetString(s)
	case reflect.Bool:
		var b bool
		b, ok = t.(bool)
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, fits := signed(t)
		ok = fits && !v.OverflowInt(n)
		v.SetInt(n)
	case reflect.Uint32, reflect.Uint64:
		n, fits := unsigned(t)
		ok = fits && !v.OverflowUint(n)
		v.SetUint(n)
	}
	if !ok {
		return fmt.Errorf("%w: %s for a %s", ErrNotReport, short(t), v.Kind())
	}
	return nil
}

func fillStruct(v reflect.Value, t any) error {
	m, ok := t.(term.Map)
	if !ok {
		return fmt.Errorf("%w: %s for a map", ErrNotReport, short(t))
	}
	given := make(map[etf.Atom]any, len(m))
	for _, pair := range m {
		if name, ok := pair.Key.(etf.Atom); ok {
			given[name] = pair.Value
		}
	}
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("etf")
		value, found := given[etf.Atom(name)]
		if !found {
			continue
		}
		if err := fill(v.Field(i), value); err != nil {
			return fmt.Errorf("%w, in %s", err, name)
		}
	}
	return nil
}

func fillSlice(v reflect.Value, t any) error {
	l, ok := t.(etf.List)
	if !ok {
		return fmt.Errorf("%w: %s for a list", ErrNotReport, short(t))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(l), len(l)))
	for i := range l {
		if err := fill(v.Index(i), l[i]); err != nil {
			return err
		}
	}
	return nil
}

// text reads a string; that of no characters is the empty list.
func text(t any) (string, bool) {
	switch s := t.(type) {
	case string:
		return s, true
	case etf.Atom:
		return string(s), true
	case []byte:
		return string(s), true
	case etf.List:
		return "", len(s) == 0
	}
	return "", false
}

func signed(t any) (int64, bool) {
	switch n := t.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

func unsigned(t any) (uint64, bool) {
	if n, ok := t.(uint64); ok {
		return n, true
	}
	n, ok := signed(t)
	return uint64(n), ok && n >= 0
}

// short shows the beginning of a term.
func short(t any) string {
	s := term.Format(t)
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
