package browser

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// pictures is a folder for the README's pictures; empty = none are made.
var pictures = os.Getenv("HOLDLINE_PICTURES")

// The README's pictures, of the demo world, the two weeks behind it and its calls: make screenshots.
func TestPicturesOfTheReadme(t *testing.T) {
	if pictures == "" {
		t.Skip("make screenshots makes them")
	}
	d := startDemo(t)
	b := d.open(t, 1360, 850)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.do(chromedp.Reload()) // the font is there at once now
	// All that can be seen is there at some moment: it takes a minute or two.
	busy := `document.querySelectorAll('.agent.is-talking').length >= 2 && document.querySelectorAll('.line').length >= 3 &&
		document.querySelector('.agent.is-break') && document.querySelector('.agent.is-ringing') && document.querySelectorAll('.chart canvas').length >= 3`
	b.patiently(busy)
	b.picture("wallboard")

	b.visit("agents")
	b.patiently(`['Talking', 'Break', 'Wrap-up'].every((w) => document.querySelector('tbody').textContent.includes(w))`)
	b.picture("agents")
	b.visit("queues")
	b.until(row("Sales", ""))
	b.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('tbody tr')].find((r) => r.textContent.includes('Sales')).click()`))
	b.until(`document.querySelector('.page form select')`)
	b.picture("queue")
	b.visit("history")
	b.until(`document.querySelectorAll('tbody tr').length > 10`)
	b.picture("history")
	b.visit("recordings")
	b.until(`document.querySelector('tbody tr')`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('tbody .row-menu button').click()`))
	b.choose("Show the call")
	b.until(`document.querySelector('.story li') && document.querySelector('.player audio')?.duration > 1`)
	b.picture("call")
	b.visit("reports")
	for name, value := range map[string]string{"Period": "days7", "Cut into": "day"} {
		b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`((f) => { f.value = %q; f.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('[aria-label=%q]'))`, value, name)))
	}
	b.until(`document.querySelectorAll('.page tbody tr').length > 14 && !document.querySelector('[aria-busy=true]')`)
	b.picture("reports")

	desk := d.open(t, 1360, 850)
	desk.signIn("ben", "demo")
	desk.patiently(`document.querySelector('.my-word')?.textContent == 'Talking'`)
	desk.picture("desk")

	b.visit("wallboard")
	b.dark(true)
	b.do(chromedp.EmulateViewport(1360, 765), chromedp.Click(chromedp.CSS(`[aria-label="Full screen"]`)))
	b.until(`document.documentElement.hasAttribute('data-wall')`)
	b.patiently(busy)
	b.picture("wall")
}

// On a phone, in the same world.
func TestPictureOnAPhone(t *testing.T) {
	if pictures == "" {
		t.Skip("make screenshots makes it")
	}
	d := startDemo(t)
	b := d.open(t, 390, 844)
	b.signIn("dana", "demo")
	b.until(`document.querySelector('.agent')`)
	b.do(chromedp.Reload())
	b.patiently(`document.querySelectorAll('.agent.is-talking').length >= 2 && document.querySelector('.line')`)
	b.picture("phone")
}

func TestPictureOfTheAPIBrowser(t *testing.T) {
	if pictures == "" {
		t.Skip("make screenshots makes it")
	}
	d := startDemo(t, "--no-history")
	b := d.open(t, 1360, 850)
	b.do(chromedp.Navigate("http://"+d.addr+"/docs/"), chromedp.WaitVisible(chromedp.CSS("#get-token")))
	b.enter("client_id", "demo")
	b.enter("client_secret", "demo")
	b.do(chromedp.Click(chromedp.CSS(`#get-token button`)))
	b.until(`document.querySelector('#told').textContent.includes('60 minutes')`)
	operation := "#operations-Queues-getExtensionQueueStatus "
	b.do(chromedp.Click(chromedp.CSS("#set-token button")), chromedp.Click(chromedp.CSS("#operations-tag-Queues")),
		chromedp.Click(chromedp.CSS(operation+".opblock-summary-control")), chromedp.Click(chromedp.CSS(operation+".try-out__btn")),
		chromedp.SendKeys(chromedp.CSS(operation+"input"), "@700"), chromedp.Click(chromedp.CSS(operation+".execute")),
		chromedp.WaitVisible(chromedp.CSS(operation+".live-responses-table")), chromedp.ScrollIntoView(chromedp.CSS(operation)))
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('` + operation + `').scrollIntoView()`))
	b.picture("api")
}

// patiently waits until an expression is true, as often as it takes.
func (b *tab) patiently(what string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void]("Boolean("+what+")", chromedp.WithPollingInterval(patience/100), chromedp.WithPollingTimeout(10*patience))); err != nil {
		b.t.Fatalf("%v; the page says:\n%s", err, b.text())
	}
}

// picture keeps what the window shows.
func (b *tab) picture(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	whole, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		b.t.Fatal(err)
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, paletted(whole)); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictures, name+".png"), out.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.t.Logf("%s.png: %d bytes", name, out.Len())
}

// paletted gives the picture in its 256 most common colours, each of the others
// as the nearest of them: what a page has besides are the edges of letters.
func paletted(from image.Image) *image.Paletted {
	count := map[color.RGBA]int{}
	area := from.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(from.At(x, y)).(color.RGBA) }
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	out := image.NewPaletted(area, palette)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			out.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return out
}
