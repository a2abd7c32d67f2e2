package tests

import (
	"testing"

	"github.com/paxoskv/paxoskv/tests/cluster"
)

func TestMain(m *testing.M) { cluster.Main(m) }
