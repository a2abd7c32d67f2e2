package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ergo-services/ergo/gen"
	"github.com/ergo-services/ergo/node"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/paxoskv/paxoskv"
	"github.com/paxoskv/paxoskv/app"
	"github.com/paxoskv/paxoskv/dist"
	"github.com/paxoskv/paxoskv/host"
)

func address(i int) string { return fmt.Sprintf("10.77.0.%d", i+1) }

func nodeName(i int) string { return fmt.Sprintf("node%d@%s", i+1, address(i)) }

// startPaxosKV starts a node of the store in this process.
func startPaxosKV(ctx context.Context, i int) (putter, string, error) {
	o := dist.Options{Cookie: "isolation", EPMD: dist.EPMD{Off: true}, Addresses: make(map[string]string),
		Listen: address(i) + ":9100", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	for j := range machines {
		o.Addresses[nodeName(j)] = address(j) + ":9100"
	}
	wire, _, err := dist.Start(context.Background(), nodeName(i), node.Options{
		System:       node.System{DisableAnonMetrics: true},
		Applications: []gen.ApplicationBehavior{app.New(host.Options{Size: machines})}}, o)
	if err != nil {
		return nil, "", err
	}
	for j := range machines {
		if j != i {
			if err := wire.Connect(nodeName(j)); err != nil {
				return nil, "", err
			}
		}
	}
	put := func(ctx context.Context, key string) error {
		_, err := paxoskv.Put(ctx, key, 1)
		return err
	}
	for {
		c, err := paxoskv.Cluster()
		if err == nil && c.Quorum && c.Voting && len(c.Members) == machines {
			return put, "ready", put(ctx, fmt.Sprint("warm ", i))
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return nil, "", fmt.Errorf("no quorum: %v, %w", c, err)
		}
	}
}

// buildEtcd builds the etcd server of the version in go.mod.
func buildEtcd() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("isolation-etcd-%d", os.Getpid()))
	c := exec.Command("go", "build", "-o", path, "go.etcd.io/etcd/server/v3")
	c.Stderr = os.Stderr
	return path, c.Run()
}

// etcdArgs are the arguments of the server on a machine.
func etcdArgs(i int, dir string) []string {
	var members []string
	for j := range machines {
		members = append(members, fmt.Sprintf("m%d=http://%s:2380", j, address(j)))
	}
	peers, clients := fmt.Sprintf("http://%s:2380", address(i)), "http://127.0.0.1:2379"
	return []string{"--name", fmt.Sprintf("m%d", i), "--data-dir", filepath.Join(dir, fmt.Sprint(i)),
		"--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
		"--listen-client-urls", clients, "--advertise-client-urls", clients,
		"--initial-cluster", strings.Join(members, ","), "--unsafe-no-fsync", "--log-level", "error"}
}

// dialEtcd connects to the server on this machine.
func dialEtcd(ctx context.Context, i int) (putter, string, error) {
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{"127.0.0.1:2379"}, Logger: zap.NewNop()})
	if err != nil {
		return nil, "", err
	}
	put := func(ctx context.Context, key string) error {
		_, err := c.Put(ctx, key, "1")
		return err
	}
	for err = io.EOF; err != nil; {
		if ctx.Err() != nil {
			return nil, "", err
		}
		one, cancel := context.WithTimeout(ctx, time.Second)
		err = put(one, fmt.Sprint("warm ", i))
		cancel()
	}
	s, err := c.Status(ctx, "127.0.0.1:2379")
	if err != nil {
		return nil, "", err
	}
	if s.Leader == s.Header.MemberId {
		return put, "ready leader", nil
	}
	return put, "ready", nil
}
