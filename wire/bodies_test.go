package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/paxoskv/paxoskv/paxos"
)

// bodies has one of each type of message.
var bodies = []paxos.Body{
	paxos.Prepare{}, paxos.Accept{}, paxos.Query{}, paxos.Inspect{}, paxos.Collect{}, paxos.Chosen{},
	paxos.Promise{}, paxos.Accepted{}, paxos.Nack{}, paxos.Answer{}, paxos.Inspected{},
	paxos.TurnRequest{}, paxos.TurnGrant{}, paxos.TurnDone{},
	paxos.Hello{}, paxos.ConfigPrepare{}, paxos.ConfigPromise{}, paxos.ConfigNack{},
	paxos.ConfigAccept{}, paxos.ConfigAccepted{}, paxos.ConfigChosen{}, paxos.ConfigRequest{},
	paxos.MergeRequest{}, paxos.MergeState{}, paxos.InventoryRequest{}, paxos.Inventory{},
}

// TestBodiesAreAll compares the list above, which the other tests go through,
// with the types that have a method body in the source of package paxos.
func TestBodiesAreAll(t *testing.T) {
	var listed []string
	for _, b := range bodies {
		listed = append(listed, reflect.TypeOf(b).Name())
	}
	require.ElementsMatch(t, bodiesInSource(t), listed)
}

func bodiesInSource(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join("..", "paxos", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var names []string
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "body" {
				receiver, ok := fn.Recv.List[0].Type.(*ast.Ident)
				require.True(t, ok, "a body by pointer has no form")
				names = append(names, receiver.Name)
			}
		}
	}
	return names
}
