package sim

// Shrink looks for a smaller schedule that breaks the same rule: with kinds of
// faults left out, fewer calls and keys, and no bad network.
func Shrink(o Options) Options {
	_, v := runSafely(o)
	if v == nil {
		return o
	}
	for again := true; again; {
		again = false
		for _, cut := range cuts(o) {
			if _, w := runSafely(cut); w != nil && w.Rule == v.Rule {
				o, again = cut, true
				break
			}
		}
	}
	return o
}

// cuts lists the options with one thing less.
func cuts(o Options) []Options {
	var cs []Options
	add := func(does bool, change func(*Options)) {
		if does {
			c := o
			change(&c)
			cs = append(cs, c)
		}
	}
	for k, n := range o.Faults {
		add(n > 0, func(c *Options) { c.Faults[k] = 0 })
	}
	add(o.Loss > 0, func(c *Options) { c.Loss = 0 })
	add(o.Double > 0, func(c *Options) { c.Double = 0 })
	add(o.Late > o.Delay, func(c *Options) { c.Late = c.Delay })
	add(o.Keys > 1, func(c *Options) { c.Keys-- })
	add(o.Clients > 1, func(c *Options) { c.Clients-- })
	add(o.Calls > 1, func(c *Options) { c.Calls-- })
	add(o.Spares > 0, func(c *Options) { c.Spares-- })
	add(o.Disks > 0, func(c *Options) { c.Disks = 0 })
	add(o.Guarded > 0, func(c *Options) { c.Guarded = 0 })
	add(o.Duration > 100, func(c *Options) { c.Duration = c.Duration * 3 / 4 })
	return cs
}
