package explore

const root = ^uint32(0)

// visited holds the hashes of all states seen, numbered in the order in which
// they were met, and for each the number of the one that it was reached from.
type visited struct {
	hashes [][][2]uint64
	parent [][]uint32
	n      int
	table  []uint32 // number + 1, by open addressing; 0 is free
}

const chunk = 1 << 16

func newVisited() *visited { return &visited{table: make([]uint32, 1<<12)} }

func (v *visited) len() int { return v.n }

func (v *visited) hash(i int) [2]uint64 { return v.hashes[i/chunk][i%chunk] }

// add says whether h is new, and then notes where it came from.
func (v *visited) add(h [2]uint64, parent uint32) bool {
	if v.n*4 >= len(v.table)*3 {
		v.grow()
	}
	mask := uint64(len(v.table) - 1)
	at := h[0] & mask
	for ; v.table[at] != 0; at = (at + 1) & mask {
		if v.hash(int(v.table[at]-1)) == h {
			return false
		}
	}
	if v.n%chunk == 0 {
		v.hashes = append(v.hashes, make([][2]uint64, chunk))
		v.parent = append(v.parent, make([]uint32, chunk))
	}
	v.hashes[v.n/chunk][v.n%chunk] = h
	v.parent[v.n/chunk][v.n%chunk] = parent
	v.n++
	v.table[at] = uint32(v.n)
	return true
}

func (v *visited) grow() {
	v.table = make([]uint32, 2*len(v.table))
	mask := uint64(len(v.table) - 1)
	for i := range v.n {
		at := v.hash(i)[0] & mask
		for v.table[at] != 0 {
			at = (at + 1) & mask
		}
		v.table[at] = uint32(i + 1)
	}
}

// path lists the hashes from the first state to state i.
func (v *visited) path(i uint32) [][2]uint64 {
	var p [][2]uint64
	for ; i != root; i = v.parent[i/chunk][i%chunk] {
		p = append(p, v.hash(int(i)))
	}
	for l, r := 0, len(p)-1; l < r; l, r = l+1, r-1 {
		p[l], p[r] = p[r], p[l]
	}
	return p
}

// hash128 mixes words into 128 bits, in two lanes.
func hash128(words ...uint64) [2]uint64 {
	x, y := uint64(0x243f6a8885a308d3), uint64(0x13198a2e03707344)
	for _, w := range words {
		x = (x ^ w) * 0x9e3779b97f4a7c15
		x ^= x >> 29
		y = (y + w) * 0xd6e8feb86659fd93
		y ^= y >> 32
		y += x
	}
	x = (x ^ y>>31) * 0xbf58476d1ce4e5b9
	y = (y ^ x>>27) * 0x94d049bb133111eb
	return [2]uint64{x ^ x>>32, y ^ y>>29}
}
