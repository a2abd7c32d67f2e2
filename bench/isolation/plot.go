package main

import (
	"fmt"
	"strings"
	"time"
)

// The plot: one panel for each result, puts acknowledged in each bin over time,
// the fault as a line.
const (
	width, panel, margin = 900, 150, 60
	binWidth             = 20 * time.Millisecond
)

func plot(rs []result) string {
	var b strings.Builder
	height := len(rs)*(panel+50) + 60
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width+2*margin, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="15">Puts acknowledged by the two nodes left, in each %v, when one of three is lost</text>`+"\n", margin, binWidth)
	for i, r := range rs {
		fmt.Fprintf(&b, `<g transform="translate(%d,%d)">`+"\n", margin, 50+i*(panel+50))
		r.draw(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (r result) draw(b *strings.Builder) {
	bins := make([]int, (r.before+r.after)/binWidth)
	top := 1
	for _, a := range r.acks {
		if i := int((a + r.before) / binWidth); i < len(bins) {
			bins[i]++
			top = max(top, bins[i])
		}
	}
	x := func(d time.Duration) float64 {
		return float64(width) * float64(d+r.before) / float64(r.before+r.after)
	}
	colour := map[string]string{"PaxosKV": "#1b6ca8", "etcd": "#b5532a"}[r.store]
	gap, _ := r.gapAfter()
	fmt.Fprintf(b, `<text y="-6">%s, %s: longest time without a put %.1f ms</text>`+"\n", r.store, r.what(),
		float64(gap)/float64(time.Millisecond))
	each := float64(width) / float64(len(bins))
	for i, n := range bins {
		if n > 0 {
			h := float64(panel) * float64(n) / float64(top)
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.2f" height="%.1f" fill="%s"/>`+"\n", float64(i)*each, panel-h, each, h, colour)
		}
	}
	fmt.Fprintf(b, `<path d="M0 %d H%d M0 0 V%d" stroke="black" fill="none"/>`+"\n", panel, width, panel)
	fmt.Fprintf(b, `<text x="-6" y="10" text-anchor="end">%d</text>`+"\n", top)
	for s := -r.before; s <= r.after; s += time.Second {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%v</text>`+"\n", x(s), panel+16, s)
	}
	fmt.Fprintf(b, `<path d="M%.1f -4 V%d" stroke="red" stroke-dasharray="4 3"/>`+"\n", x(0), panel)
}

func (r result) what() string {
	if r.store == "etcd" {
		return "its leader " + r.fault
	}
	return "a node " + r.fault
}
