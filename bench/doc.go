// Package bench measures puts and gets on a cluster of three real nodes, each a
// process of its own on loopback, beside a raw TCP round trip in the same run:
//
//	make bench
//
// A figure depends on the machine; the ratio to the TCP round trip less so.
package bench
