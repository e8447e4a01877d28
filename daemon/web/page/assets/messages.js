// The page's texts in the language of the browser. English stands in the page itself.
const languages = ["en", "de", "fr", "es", "pt", "ja", "zh"];

/** The language of the page, one of those that there are texts for. */
export const language = navigator.languages.map((l) => l.split("-")[0].toLowerCase()).find((l) => languages.includes(l)) ?? "en";

let texts = {};

/** A text, with values put in for {names}. */
export function t(key, put = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => put[name] ?? all);
}

/** Reads the texts and writes them where the page has their keys: data-t, data-t-label. */
export async function loadMessages() {
  const answer = await fetch(`/messages/${language}.json`);
  texts = await answer.json();
  document.documentElement.lang = language;
  if (language === "en") return;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of document.querySelectorAll("[data-t-label]")) e.setAttribute("aria-label", t(e.dataset.tLabel));
}
