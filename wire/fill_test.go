package wire_test

import (
	"fmt"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
	"github.com/paxoskv/paxoskv/wire"
)

// source says what a filler puts where there is a choice.
type source interface {
	number(top uint64) uint64 // from 0 to top
	flag() bool
	text(top int) string
	length() int  // of a list; 0 leaves it nil
	absent() bool // of a pointer that may be nil
}

// tops are the highest numbers that a type or a field can take where they are
// below those of its kind; required are the pointers that cannot be nil.
var (
	typeTops = map[string]uint64{
		"GuardKind": uint64(paxos.GuardTime), "GuardState": uint64(paxos.Gone)}
	fieldTops = map[string]uint64{
		"SlotState.Slot": paxos.Slots - 1, "Cursor.Slot": paxos.Slots, "Place.Slot": paxos.Slots, "MergeRequest.Until": paxos.Slots}
	nameFields = map[string]bool{"NodeID.Name": true, "Guard.Node": true}
	required   = map[string]bool{"Accept.Entry": true, "ConfigChosen.Config": true}
)

// fill sets everything below v from s. An unexpected kind of field fails the
// test: it must be given a form first.
func fill(t testing.TB, s source, v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			require.True(t, f.IsExported(), "%s.%s", v.Type(), f.Name)
			fill(t, s, v.Field(i), v.Type().Name()+"."+f.Name)
		}
	case reflect.Pointer:
		if required[field] || !s.absent() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, s, v.Elem(), field)
		}
	case reflect.Slice:
		if n := s.length(); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, s, v.Index(i), field)
			}
		}
	case reflect.String:
		top := 100_000
		if nameFields[field] {
			top = wire.MaxName
		}
		v.SetString(s.text(top))
	case reflect.Bool:
		v.SetBool(s.flag())
	default:
		fillNumber(t, s, v, field)
	}
}

func fillNumber(t testing.TB, s source, v reflect.Value, field string) {
	switch v.Kind() {
	case reflect.Int:
		top := uint64(math.MaxInt)
		if least, ok := fieldTops[field]; ok {
			top = least
		}
		v.SetInt(int64(s.number(top)))
	case reflect.Int64:
		v.SetInt(int64(s.number(math.MaxUint64)))
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		top := uint64(math.MaxUint64) >> (64 - v.Type().Bits())
		if least, ok := typeTops[v.Type().Name()]; ok {
			top = least
		}
		n := s.number(top)
		if v.Type().Name() == "GuardKind" {
			n = max(n, uint64(paxos.GuardPID))
		}
		v.SetUint(n)
	default:
		require.FailNow(t, "no filling", "%s %s", field, v.Type())
	}
}

// filled makes a body of the type of b.
func filled(t testing.TB, s source, b paxos.Body) paxos.Body {
	v := reflect.New(reflect.TypeOf(b)).Elem()
	fill(t, s, v, v.Type().Name())
	return v.Interface().(paxos.Body)
}

// distinct sets every field, each to another value as far as its type allows.
type distinct struct{ last uint64 }

func (d *distinct) number(top uint64) uint64 {
	d.last++
	if top < math.MaxUint8 {
		return 1 + d.last%top
	}
	if top <= paxos.Slots {
		return 1 + d.last*7%top
	}
	return 200 + d.last%(top-200)
}

func (d *distinct) text(int) string {
	d.last++
	return fmt.Sprintf("text%d", d.last)
}
func (*distinct) flag() bool   { return true }
func (*distinct) length() int  { return 2 }
func (*distinct) absent() bool { return false }

// highest sets everything to the most that it can be.
type highest struct{}

func (highest) number(top uint64) uint64 { return top }
func (highest) flag() bool               { return true }
func (highest) length() int              { return 3 }
func (highest) absent() bool             { return false }
func (highest) text(top int) string {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	return strings.Repeat(string(all[:]), top/256+1)[:top]
}

// lowest leaves out all that it can.
type lowest struct{}

func (lowest) number(uint64) uint64 { return 0 }
func (lowest) flag() bool           { return false }
func (lowest) text(int) string      { return "" }
func (lowest) length() int          { return 0 }
func (lowest) absent() bool         { return true }

// random draws.
type random struct{ *rand.Rand }

func (r random) number(top uint64) uint64 {
	n := r.Uint64() >> r.Intn(64)
	if top == math.MaxUint64 {
		return n
	}
	return n % (top + 1)
}

func (r random) text(top int) string {
	b := make([]byte, r.Intn(min(top, 12)))
	for i := range b {
		b[i] = byte('a' + r.Intn(3))
	}
	return string(b)
}
func (r random) flag() bool   { return r.Intn(2) == 0 }
func (r random) length() int  { return r.Intn(4) }
func (r random) absent() bool { return r.Intn(3) == 0 }

// zeros lists the fields below v that are zero.
func zeros(v reflect.Value, path string) []string {
	if v.IsZero() {
		return []string{path}
	}
	var found []string
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			found = append(found, zeros(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Pointer:
		found = zeros(v.Elem(), path)
	case reflect.Slice:
		for i := range v.Len() {
			found = append(found, zeros(v.Index(i), path)...)
		}
	}
	return found
}

// TestFillLeavesNothingOut checks the checker: the round trip of a filled body
// catches a forgotten field only if the filling reaches every field.
func TestFillLeavesNothingOut(t *testing.T) {
	for _, b := range bodies {
		v := reflect.ValueOf(filled(t, &distinct{}, b))
		if v.NumField() > 0 {
			require.Empty(t, zeros(v, v.Type().Name()))
		}
	}
	held := paxos.Accept{Key: "k", Ballot: paxos.Ballot{Counter: 1}, Entry: &paxos.Entry{Value: "v"}}
	require.Contains(t, zeros(reflect.ValueOf(held), "Accept"), "Accept.Ballot.Proposer")
	require.Contains(t, zeros(reflect.ValueOf(held), "Accept"), "Accept.Entry.Guards")
}
