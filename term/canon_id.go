package term

import (
	"encoding/binary"
)

// node reads the node name of an identifier.
func (c *canon) node() error { return c.expect("node name", isAtomTag) }

// creation reads a creation: of one byte when tiny, in which only 0 to 3 are valid.
func (c *canon) creation(tiny bool) (uint32, error) {
	if !tiny {
		return c.u32()
	}
	n, err := c.u8()
	if err == nil && n > maxTinyCreate {
		return 0, badETF(nil, "creation %d in one byte", n)
	}
	return uint32(n), err
}

func (c *canon) pid(tag int) error {
	c.dst = append(c.dst, tagNewPid)
	if err := c.node(); err != nil {
		return err
	}
	b, err := c.take(8)
	if err != nil {
		return err
	}
	creation, err := c.creation(tag == tagPid)
	id, serial := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	c.dst = appendPidNumbers(c.dst, id, serial, creation)
	return err
}

func (c *canon) port(tag int) error {
	at := len(c.dst)
	c.dst = append(c.dst, tagNewPort)
	if err := c.node(); err != nil {
		return err
	}
	id, err := c.portID(tag)
	if err != nil {
		return err
	}
	creation, err := c.creation(tag == tagPort)
	if err != nil {
		return err
	}
	c.dst = appendPortNumbers(c.dst, id, creation)
	if !c.discard {
		c.dst[at] = portTag(id)
	}
	return nil
}

func (c *canon) portID(tag int) (uint64, error) {
	if tag == tagV4Port {
		return c.u64()
	}
	id, err := c.u32()
	return uint64(id), err
}

func (c *canon) ref(tag int) error {
	words := 1
	if tag != tagRef {
		n, err := c.u16()
		if err != nil {
			return err
		}
		if n < 1 || n > maxRefWords {
			return badETF(nil, "a reference of %d words", n)
		}
		words = n
	}
	at := len(c.dst)
	c.dst = append(c.dst, tagNewerRef, 0, 0)
	if err := c.node(); err != nil {
		return err
	}
	creation, id, err := c.refNumbers(tag, words)
	if err != nil {
		return err
	}
	if !c.discard {
		n := refWords(id)
		c.dst[at+2] = byte(n)
		c.dst = appendRefNumbers(c.dst, creation, id[:n])
	}
	return nil
}

// refNumbers reads the creation and the words of a reference; in the oldest form
// the creation comes last.
func (c *canon) refNumbers(tag, words int) (creation uint32, id [maxRefWords]uint32, err error) {
	if tag != tagRef {
		if creation, err = c.creation(tag == tagNewRef); err != nil {
			return
		}
	}
	for i := range words {
		if id[i], err = c.u32(); err != nil {
			return
		}
	}
	if tag != tagNewerRef && id[0] >= maxTinyRefNum {
		err = badETF(nil, "first word %d of an old reference", id[0])
		return
	}
	if tag == tagRef {
		creation, err = c.creation(true)
	}
	return
}

func (c *canon) export() error {
	c.dst = append(c.dst, tagExport)
	for range 2 {
		if err := c.expect("name of an export", isAtomTag); err != nil {
			return err
		}
	}
	negative := len(c.b) > 1 && c.b[0] == tagInt && c.b[1] >= 0x80
	if negative {
		return badETF(nil, "a negative arity")
	}
	return c.expect("arity of an export", isIntTag)
}
