package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

// A child is the load on one machine, and for PaxosKV the node as well. It prints
// a line when it is ready, puts from a line on its input on, and writes when its
// puts were acknowledged once its input ends.

// putter puts a fresh key; it returns an error where that was not acknowledged.
type putter func(ctx context.Context, key string) error

// child runs a role: STORE MACHINE CLIENTS. It returns only when it fails.
func child(role string) error {
	var store string
	var i, clients int
	if _, err := fmt.Sscan(role, &store, &i, &clients); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	start := startPaxosKV
	if store == "etcd" {
		start = dialEtcd
	}
	put, line, err := start(ctx, i)
	if err != nil {
		return err
	}
	fmt.Println(line)
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	acks := load(i, clients, put, func() { _, _ = io.Copy(io.Discard, in) })
	out := bufio.NewWriter(os.Stdout)
	if err := binary.Write(out, binary.LittleEndian, uint64(len(acks))); err != nil {
		return err
	}
	if err := binary.Write(out, binary.LittleEndian, acks); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// load puts with so many clients until wait returns.
func load(i, clients int, put putter, wait func()) (acks []int64) {
	var mu sync.Mutex
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				one, done := context.WithTimeout(ctx, 2*time.Second)
				err := put(one, strconv.Itoa(i)+"/"+strconv.Itoa(c)+"/"+strconv.Itoa(n))
				done()
				if err != nil {
					continue
				}
				now := time.Now().UnixNano()
				mu.Lock()
				acks = append(acks, now)
				mu.Unlock()
			}
		})
	}
	wait()
	cancel()
	group.Wait()
	return acks
}
