package term

import (
	"testing"

	"github.com/ergo-services/ergo/etf"
)

// smallTerms are keys and values as they are in daily use.
var smallTerms = map[string]any{
	"atom":   etf.Atom("leader"),
	"int":    42,
	"binary": []byte("a key of some length"),
	"string": "a key of some length",
	"tuple":  etf.Tuple{etf.Atom("user"), 42, []byte("sessions")},
	"list":   etf.List{etf.Atom("user"), 42, []byte("sessions")},
	"map":    Map{{etf.Atom("id"), 42}, {etf.Atom("kind"), etf.Atom("user")}},
	"pid":    etf.Pid{Node: "node1@127.0.0.1", ID: 1001, Creation: 1700000000},
}

func eachSmall(b *testing.B, f func(b *testing.B, v any, enc []byte)) {
	for _, name := range []string{"atom", "int", "binary", "string", "tuple", "list", "map", "pid"} {
		v := smallTerms[name]
		enc, err := Encode(v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f(b, v, enc)
		})
	}
}

func BenchmarkKey(b *testing.B) {
	eachSmall(b, func(b *testing.B, v any, _ []byte) {
		for b.Loop() {
			if _, err := Key(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkKeyOfETF(b *testing.B) {
	eachSmall(b, func(b *testing.B, _ any, enc []byte) {
		for b.Loop() {
			if _, err := KeyOfETF(enc); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	eachSmall(b, func(b *testing.B, v any, _ []byte) {
		for b.Loop() {
			if _, err := Encode(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	eachSmall(b, func(b *testing.B, _ any, enc []byte) {
		for b.Loop() {
			if _, err := Decode(enc); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValid(b *testing.B) {
	eachSmall(b, func(b *testing.B, _ any, enc []byte) {
		for b.Loop() {
			if err := Valid(enc); err != nil {
				b.Fatal(err)
			}
		}
	})
}
