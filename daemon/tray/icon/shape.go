package icon

import "math"

// shape is a signed distance: how far a point is outside of a figure, negative
// inside. The plane of an icon reaches from -1 to 1, y downwards.
// (Quilez, "2D distance functions".)
type shape func(x, y float64) float64

// disc is a circle with all within it.
func disc(cx, cy, r float64) shape {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

// ring is a circle drawn with a pen of a width.
func ring(cx, cy, r, width float64) shape {
	return func(x, y float64) float64 { return math.Abs(math.Hypot(x-cx, y-cy)-r) - width/2 }
}

// line is drawn with a round pen of a width.
func line(x1, y1, x2, y2, width float64) shape {
	dx, dy := x2-x1, y2-y1
	return func(x, y float64) float64 {
		t := ((x-x1)*dx + (y-y1)*dy) / (dx*dx + dy*dy)
		t = min(max(t, 0), 1)
		return math.Hypot(x-x1-t*dx, y-y1-t*dy) - width/2
	}
}

// cup is the lower half of a circle, drawn with a round pen.
func cup(cx, cy, r, width float64) shape {
	whole := ring(cx, cy, r, width)
	return func(x, y float64) float64 {
		if y >= cy {
			return whole(x, y)
		}
		return math.Hypot(math.Abs(x-cx)-r, y-cy) - width/2
	}
}

// square fills the plane of an icon but for its round corners.
func square(round float64) shape {
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x)-1+round, math.Abs(y)-1+round
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - round
	}
}

// triangle stands on its side, with round corners.
func triangle(x1, y1, x2, y2, x3, y3, round float64) shape {
	sides := []shape{line(x1, y1, x2, y2, 0), line(x2, y2, x3, y3, 0), line(x3, y3, x1, y1, 0)}
	side := func(x, y, ax, ay, bx, by float64) float64 { return (bx-ax)*(y-ay) - (by-ay)*(x-ax) }
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for _, s := range sides {
			d = min(d, s(x, y))
		}
		a, b, c := side(x, y, x1, y1, x2, y2), side(x, y, x2, y2, x3, y3), side(x, y, x3, y3, x1, y1)
		if a >= 0 && b >= 0 && c >= 0 || a <= 0 && b <= 0 && c <= 0 {
			d = -d
		}
		return d - round
	}
}

// join covers what any of the shapes covers.
func join(shapes ...shape) shape {
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for _, s := range shapes {
			d = min(d, s(x, y))
		}
		return d
	}
}

// cut covers what a covers and b, grown by a margin, does not.
func cut(a, b shape, margin float64) shape {
	return func(x, y float64) float64 { return max(a(x, y), margin-b(x, y)) }
}
