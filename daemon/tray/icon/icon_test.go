package icon

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"testing"
)

// luminance is the relative one of WCAG 2.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Every icon stands out from light and dark panels, and its sign from its
// ground, by the 3:1 that WCAG 2 asks of graphics.
func TestContrast(t *testing.T) {
	light, dark := color.NRGBA{0xfa, 0xfa, 0xfa, 255}, color.NRGBA{0x24, 0x24, 0x24, 255}
	for _, s := range States() {
		ground := layers(s)[0].NRGBA
		for _, c := range []float64{contrast(ground, light), contrast(ground, dark), contrast(ground, white)} {
			if c < 3 {
				t.Errorf("%s: contrast %.2f, want 3", s, c)
			}
		}
	}
}

// At the size of a small panel, each state differs from every other by its
// shape alone: seen without colours, a twentieth of the pixels differ clearly.
func TestShapesDiffer(t *testing.T) {
	const size = 22
	sign := func(s State) []float64 { // how much of a pixel is covered by white, on what is covered at all
		img := Draw(s, size)
		v := make([]float64, 0, 2*size*size)
		for i := 0; i < len(img.Pix); i += 4 {
			alpha := float64(img.Pix[i+3]) / 255
			v = append(v, alpha, alpha*luminance(color.NRGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 255}))
		}
		return v
	}
	for i, a := range States() {
		for _, b := range States()[i+1:] {
			va, vb, n := sign(a), sign(b), 0
			for k := 0; k < len(va); k += 2 {
				if math.Abs(va[k]-vb[k]) > 0.4 || math.Abs(va[k+1]-vb[k+1]) > 0.4 {
					n++
				}
			}
			if n < size*size/20 {
				t.Errorf("%s and %s differ in %d pixels of %d", a, b, n, size*size)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	b, err := PNG(Active, 48)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds() != image.Rect(0, 0, 48, 48) || len(b) > 4000 {
		t.Errorf("%v, %d bytes, %v", img.Bounds(), len(b), err)
	}
	ico, err := ICO(Active, 48)
	if err != nil || !bytes.Equal(ico[22:], b) || ico[6] != 48 {
		t.Errorf("% x, %v", ico[:22], err)
	}
}

// The logo is one: the page's file is what LogoSVG gives, and it stands out from any ground.
func TestLogo(t *testing.T) {
	const page = "../../web/page/assets/icon.svg"
	file, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != LogoSVG() {
		t.Errorf("%s is another logo; go run ./daemon/tray/icon/draw FOLDER writes it as hicolor/scalable/apps/stillmic.svg\n%s", page, LogoSVG())
	}
	b, err := LogoPNG(48)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA) }
	if at(24, 24) != white || at(4, 24) != logoGround || at(0, 0).A != 0 {
		t.Errorf("middle %v, edge %v, corner %v", at(24, 24), at(4, 24), at(0, 0))
	}
	for _, ground := range []color.NRGBA{{0xfa, 0xfa, 0xfa, 255}, {0x24, 0x24, 0x24, 255}} {
		if c := contrast(logoGround, ground); c < 2.5 {
			t.Errorf("contrast %.2f to %v", c, ground)
		}
	}
}
