package term

import (
	"encoding/binary"

	"github.com/ergo-services/ergo/etf"
)

func (d *decoder) pid() (any, error) {
	node, err := d.atom()
	if err != nil {
		return nil, err
	}
	b, err := d.take(12)
	if err != nil {
		return nil, err
	}
	id, serial := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	return etf.Pid{
		Node:     node,
		ID:       uint64(serial)<<32 | uint64(id),
		Creation: binary.BigEndian.Uint32(b[8:]),
	}, nil
}

func (d *decoder) ref() (any, error) {
	n, err := d.u16()
	if err != nil {
		return nil, err
	}
	r := etf.Ref{}
	if r.Node, err = d.atom(); err != nil {
		return nil, err
	}
	if r.Creation, err = d.u32(); err != nil {
		return nil, err
	}
	for i := range min(n, maxRefWords) {
		if r.ID[i], err = d.u32(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (d *decoder) port(tag int) (any, error) {
	p := Port{}
	var err error
	if p.Node, err = d.atom(); err != nil {
		return nil, err
	}
	if tag == tagV4Port {
		p.ID, err = d.u64()
	} else {
		var id uint32
		id, err = d.u32()
		p.ID = uint64(id)
	}
	if err != nil {
		return nil, err
	}
	p.Creation, err = d.u32()
	return p, err
}

func (d *decoder) export() (any, error) {
	x := Export{}
	var err error
	if x.Module, err = d.atom(); err != nil {
		return nil, err
	}
	if x.Function, err = d.atom(); err != nil {
		return nil, err
	}
	arity, err := d.int()
	x.Arity = int(arity)
	return x, err
}

// int reads a number of a term's own, which is never a big one.
func (d *decoder) int() (int64, error) {
	v, err := d.value()
	switch n := v.(type) {
	case int:
		return int64(n), err
	case int64:
		return n, err
	}
	return 0, badETF(err, "not an integer")
}

func (d *decoder) fun() (any, error) {
	fixed, err := d.take(4 + 1 + 16 + 4)
	if err != nil {
		return nil, err
	}
	free, err := d.count(1)
	if err != nil {
		return nil, err
	}
	f := Fun{Arity: fixed[4], Uniq: [16]byte(fixed[5:21]), Index: binary.BigEndian.Uint32(fixed[21:])}
	if f.Module, err = d.atom(); err != nil {
		return nil, err
	}
	if f.OldIndex, err = d.int(); err != nil {
		return nil, err
	}
	if f.OldUniq, err = d.int(); err != nil {
		return nil, err
	}
	pid, err := d.value()
	if err != nil {
		return nil, err
	}
	f.Pid, _ = pid.(etf.Pid)
	f.Free = make([]any, free)
	for i := range f.Free {
		if f.Free[i], err = d.value(); err != nil {
			return nil, err
		}
	}
	return f, nil
}
