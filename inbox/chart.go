package inbox

import (
	"fmt"
	"strings"

	"recado/conversation"
)

// The chart is drawn in units of its own, which the page stretches to whatever room there is: the words beside it
// are the page's, and keep their size.
const (
	chartWidth  = 1000
	chartHeight = 200
)

// chart is how many protocols were opened and finalized, day by day.
type chart struct {
	Says                      string // what there is to see, for who does not
	Area, Opened, Finalized   string // paths
	Width, Height, Half       int
	Top, Middle, First, Final string // what stands at the axes
}

func (v *visit) chart(n *conversation.Numbers) *chart {
	opened, finalized := make([]int, len(n.Days)), make([]int, len(n.Days))
	most := 0
	for i, d := range n.Days {
		opened[i], finalized[i] = d.Opened, d.Finalized
		most = max(most, d.Opened, d.Finalized)
	}
	top := roundUp(most)
	first, final := v.day(n.Days[0].ID), v.day(n.Days[len(n.Days)-1].ID)
	c := &chart{
		Opened: line(opened, top), Finalized: line(finalized, top), Width: chartWidth, Height: chartHeight, Half: chartHeight / 2,
		Top: v.lang.number(top), Middle: v.lang.number(top / 2), First: first, Final: final,
		Says: v.lang.T("numbers.chart.says", "opened", v.lang.number(n.Total.Opened), "finalized", v.lang.number(n.Total.Finalized), "from", first, "to", final),
	}
	c.Area = fmt.Sprintf("M0 %d L%s L%d %[1]d Z", chartHeight, strings.TrimPrefix(c.Opened, "M"), chartWidth)
	if len(n.Days) == 1 {
		c.Area = "" // a point has none
	}
	return c
}

// roundUp is where an axis ends that has a whole number in its middle.
func roundUp(most int) int {
	for unit := 1; ; unit *= 10 {
		for _, n := range []int{2, 4, 6, 10} {
			if n*unit >= most {
				return n * unit
			}
		}
	}
}

// line is the path through the values, the first at the left edge and the last at the right one. One value alone is a
// point in the middle: a line of no length, whose round ends are seen.
func line(values []int, top int) string {
	var b strings.Builder
	for i, n := range values {
		x, y := chartWidth/2.0, float64(chartHeight)*(1-float64(n)/float64(top))
		if len(values) > 1 {
			x = chartWidth * float64(i) / float64(len(values)-1)
		}
		step := " L"
		if i == 0 {
			step = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", step, x, y)
	}
	if len(values) == 1 {
		b.WriteString(" h0")
	}
	return b.String()
}
