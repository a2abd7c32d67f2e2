// Package local runs several nodes on one machine, each a process of its own,
// and talks to their shells. It is what stands behind "node local".
//
// No way for the launcher to end leaves a node behind:
//
//   - When it ends in order, on a signal or by a panic in the goroutine that
//     runs its shell, Stop ends the nodes, paused ones too.
//   - A node's shell reads from a pipe of which the launcher has the only other
//     end. When the launcher is gone, the node reads the end of its input and
//     ends by itself, on any system.
//   - On Linux the kernel kills the nodes when the launcher is gone, also those
//     that are paused and read nothing. Elsewhere a paused node is continued,
//     since its process group has lost its parent, and then reads that end.
package local
