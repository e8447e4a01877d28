//go:build linux

package page

import (
	"fmt"
	"time"
)

// listen notes from now on what a screen reader is told: changes in live regions.
func (p *tab) listen() {
	p.T.Helper()
	ask[bool](p, `(() => {
		window.told = [];
		window.listeners?.forEach((l) => l.disconnect());
		const live = "output, [role=status], [role=alert], [role=log], [role=timer], [aria-live=polite], [aria-live=assertive]";
		window.listeners = [...document.querySelectorAll(live)].filter((e) => e.getAttribute("aria-live") !== "off").map((e) => {
			const l = new MutationObserver(() => told.push((e.id || e.tagName) + ": " + e.textContent));
			l.observe(e, {childList: true, characterData: true, subtree: true});
			return l;
		});
		return true;
	})()`)
}

// told returns what was said since by elements whose id begins with a text.
func (p *tab) told(id string) []string {
	p.T.Helper()
	return ask[[]string](p, fmt.Sprintf("told.filter((text) => text.startsWith(%q))", id))
}

// spoken counts what a screen reader would be told in ten seconds in which nothing happens but
// sound.
func (p *tab) spoken() {
	p.listen()
	time.Sleep(10 * time.Second)
	if said := p.told(""); len(said) > 1 {
		p.T.Errorf("a screen reader is told %d things in 10 s: %q", len(said), said)
	}
}

// saysLittle checks what a screen reader was told meanwhile.
func (p *tab) saysLittle(when, id string, most int) {
	p.T.Helper()
	if said := p.told(id); len(said) > most {
		p.T.Errorf("%s a screen reader is told %d things, %d at most: %q", when, len(said), most, said)
	}
}
