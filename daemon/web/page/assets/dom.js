// Small helpers.

export const byId = (id) => document.getElementById(id);

/** Makes an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

/** Sets a text only if it is another, which keeps screen readers quiet. */
export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

/** Shows pairs of name and value in a <dl>. */
export function showFigures(dl, pairs) {
  dl.replaceChildren(...pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

/** Colours a slider up to its thumb. */
export function paintSlider(range) {
  const share = (range.value - range.min) / (range.max - range.min || 1);
  // The thumb's middle moves between 10 px from either end.
  range.style.setProperty("--at", `calc(10px + ${share} * (100% - 20px))`);
}
