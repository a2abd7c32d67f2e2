// Command isolation measures for how long nobody can write when one of three
// nodes is cut off or killed: PaxosKV beside etcd, in one run.
//
// Each node runs on a machine of its own, a network namespace joined with the
// others by package lan; on each machine a few clients put fresh keys through the
// node there, one after the other, and note when each put was acknowledged. Then
// one node is killed (SIGKILL), or cut off: every packet from and to it is lost
// in silence. For etcd it is the leader. The figure is the longest time without
// an acknowledged put on the two other machines, from the fault on.
//
//	go run . -out ../../docs/isolation.svg
//
// It takes root. etcd is built from its module, of the version in go.mod, and runs
// with its default timeouts and without fsync, so that no disk is measured;
// PaxosKV keeps its records in memory, with its default timeouts. The module is
// one of its own so that the store does not depend on etcd.
package main
