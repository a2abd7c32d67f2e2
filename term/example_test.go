package term_test

import (
	"bytes"
	"fmt"

	"github.com/ergo-services/ergo/etf"

	"github.com/paxoskv/paxoskv/term"
)

// A Go string is a list of bytes, as in ergo, so these two are one key; an integer
// and a float never are.
func ExampleKey() {
	same := func(a, b any) bool {
		x, errX := term.Key(a)
		y, errY := term.Key(b)
		return errX == nil && errY == nil && bytes.Equal(x, y)
	}
	fmt.Println(same("abc", etf.List{97, 98, 99}))
	fmt.Println(same(etf.Map{1: "x", 2: "y"}, term.Map{{Key: 2, Value: "y"}, {Key: 1, Value: "x"}}))
	fmt.Println(same(1, 1.0))

	_, err := term.Key(etf.Tuple{etf.Atom("jobs"), make(chan int)})
	fmt.Println(err)
	// Output:
	// true
	// true
	// false
	// term: Go value has no Erlang form: chan int at [1]: no Erlang term is like a chan
}

func ExampleParse() {
	v, err := term.Parse(`{user, 16#2A, <<"grün"/utf8>>, #{"k" => [a | b]}}.`)
	fmt.Println(term.Format(v), err)

	_, err = term.Parse("{user, 42")
	fmt.Println(err)
	// Output:
	// {user,42,<<"grün"/utf8>>,#{"k" => [a|b]}} <nil>
	// column 10: expected ',' or '}', found the end of the text
}

// The commands of a shell take several terms, parted by blanks.
func ExampleParsePrefix() {
	rest := `{lock, 1} #Pid<node1@127.0.0.1.1001.0.7>`
	for rest != "" {
		var v any
		var err error
		if v, rest, err = term.ParsePrefix(rest); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(term.Format(v))
	}
	// Output:
	// {lock,1}
	// #Pid<node1@127.0.0.1.1001.0.7>
}

func ExampleFormat() {
	fmt.Println(term.Format(etf.List{etf.Atom("Ok"), []byte("bytes"), "text", 2.0, nil}))
	fmt.Println(term.Format(etf.Map{etf.Atom("b"): true, etf.Atom("a"): 1 << 40}))
	// Output:
	// ['Ok',<<"bytes">>,"text",2.0,[]]
	// #{a => 1099511627776,b => true}
}
