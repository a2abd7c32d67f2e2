package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/paxoskv/paxoskv/tests/chaos/lan"
	"github.com/paxoskv/paxoskv/tests/spawn"
)

// patience is how long a cluster may take to start, or a child to answer.
const patience = 60 * time.Second

// machine is one of the three, and what runs on it.
type machine struct {
	on spawn.Starter
	// server is the node where it is a process of its own, client the load.
	server, client *spawn.Process
	lines          *bufio.Reader
	logs           spawn.Logs
	leads          bool
}

// try starts a store on three machines, breaks one of them under load, and
// returns what the others saw.
func try(store, fault, etcd string, o options) (result, error) {
	l, err := lan.New(machines, 1)
	if err != nil {
		return result{}, err
	}
	defer l.Close()
	dir, err := os.MkdirTemp("", "isolation")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	ms := make([]*machine, machines)
	for i := range ms {
		ms[i] = &machine{on: l.Machine(i).In}
		defer ms[i].kill()
		if err := ms[i].start(store, i, etcd, dir, o.clients); err != nil {
			return result{}, err
		}
	}
	victim := 0
	for i, m := range ms {
		if err := m.ready(); err != nil {
			return result{}, fmt.Errorf("machine %d: %w\n%s", i, err, m.logs.Show())
		}
		if m.leads {
			victim = i
		}
	}
	for _, m := range ms {
		if _, err := io.WriteString(m.client.In, "go\n"); err != nil {
			return result{}, err
		}
	}
	time.Sleep(o.before + time.Second) // the first second warms up
	at := time.Now()
	hit(l, ms, victim, fault)
	time.Sleep(o.after)
	var acks []time.Time
	for i, m := range ms {
		if i == victim {
			continue
		}
		as, err := m.stop()
		if err != nil {
			return result{}, fmt.Errorf("machine %d: %w\n%s", i, err, m.logs.Show())
		}
		acks = append(acks, as...)
	}
	return newResult(store, fault, at, acks, o), nil
}

// hit is the fault.
func hit(l *lan.LAN, ms []*machine, victim int, fault string) {
	if fault == "killed" {
		ms[victim].kill()
		return
	}
	for i := range ms {
		if i != victim {
			l.Set(i, victim, lan.Path{Cut: true})
			l.Set(victim, i, lan.Path{Cut: true})
		}
	}
}

func (m *machine) start(store string, i int, etcd, dir string, clients int) (err error) {
	if store == "etcd" {
		if m.server, err = spawn.Start(m.on, &m.logs, etcd, etcdArgs(i, dir), nil); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	m.client, err = spawn.Start(m.on, &m.logs, self, nil, []string{fmt.Sprintf("%s=%s %d %d", roleEnv, store, i, clients)})
	if err != nil {
		return err
	}
	m.lines = bufio.NewReader(m.client.Out)
	return nil
}

// ready waits until the child says that its node is up and has a quorum.
func (m *machine) ready() error {
	said := make(chan error, 1)
	go func() {
		line, err := m.lines.ReadString('\n')
		m.leads = strings.Contains(line, "leader")
		said <- err
	}()
	select {
	case err := <-said:
		return err
	case <-time.After(patience):
		return errors.New("the node does not start")
	}
}

// stop ends the load and returns when its puts were acknowledged.
func (m *machine) stop() ([]time.Time, error) {
	if err := m.client.In.Close(); err != nil {
		return nil, err
	}
	var n uint64
	if err := binary.Read(m.lines, binary.LittleEndian, &n); err != nil {
		return nil, err
	}
	ns := make([]int64, n)
	if err := binary.Read(m.lines, binary.LittleEndian, ns); err != nil {
		return nil, err
	}
	acks := make([]time.Time, n)
	for i, t := range ns {
		acks[i] = time.Unix(0, t)
	}
	return acks, nil
}

func (m *machine) kill() {
	for _, p := range []*spawn.Process{m.server, m.client} {
		if p != nil {
			p.Kill()
		}
	}
}
