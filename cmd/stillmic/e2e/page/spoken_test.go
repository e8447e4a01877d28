//go:build linux

package page

// spoken counts what a screen reader would be told in ten seconds in which nothing happens but
// sound: changes in live regions.
func (p *tab) spoken() {
	said := ask[[]string](p, `new Promise((done) => {
		const said = [];
		const live = "output, [role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]";
		for (const e of document.querySelectorAll(live)) {
			if (e.getAttribute("aria-live") !== "off") new MutationObserver(() => said.push((e.id || e.tagName) + ": " + e.textContent))
				.observe(e, {childList: true, characterData: true, subtree: true});
		}
		setTimeout(() => done(said), 10000);
	})`)
	if len(said) > 1 {
		p.T.Errorf("a screen reader is told %d things in 10 s: %q", len(said), said)
	}
}
