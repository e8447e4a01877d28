// The page's texts in the language of the browser. English stands in the page itself.
const languages = ["en", "de", "fr", "es", "pt", "ja", "zh"];

/** The language of the page, one of those that there are texts for. */
export const language = navigator.languages.map((l) => l.split("-")[0].toLowerCase()).find((l) => languages.includes(l)) ?? "en";

let texts = {};
let words = new Map(); // what a line of the log begins with in English, and the key
let sentences = []; // what the daemon may say in English: [key, pattern], the most exact first

/** A text, with values put in for {names}. */
export function t(key, put = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => put[name] ?? all);
}

/** What the daemon says in English, in the language of the page; the Go package messages has the same. */
export function said(line) {
  for (const [key, pattern] of sentences) {
    const match = pattern.exec(line);
    if (!match) continue;
    const put = { ...match.groups };
    for (const name of ["why", "what"]) if (name in put) put[name] = said(put[name]);
    return t(key, put);
  }
  return line;
}

/** A line of the daemon's log, "word: sentence (details)", in the language of the page but for its details. */
export function logged(line) {
  const [, head, details] = /^(.*?)( \(.*\))?$/s.exec(line);
  const [word, ...rest] = head.split(": ");
  if (!words.has(word)) return said(head) + (details ?? "");
  const sentence = rest.join(": ");
  return [t(words.get(word)), ...(sentence ? [words.has(sentence) ? t(words.get(sentence)) : said(sentence)] : [])].join(": ") + (details ?? "");
}

/** Makes the sentences from the English texts. */
function learn(english) {
  const names = /\{(\w+)\}/g;
  const letters = ([, text]) => text.replace(names, "").length;
  const pattern = (text) => new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(names, "(?<$1>.+?)")}$`);
  words = new Map(Object.entries(english).filter(([key]) => key.startsWith("log.")).map(([key, text]) => [text, key]));
  sentences = Object.entries(english).filter(([key]) => key.startsWith("said."))
    .sort((a, b) => letters(b) - letters(a)).map(([key, text]) => [key, pattern(text)]);
}

const read = async (name) => (await fetch(`/messages/${name}.json`)).json();

/** Reads the texts and writes them where the page has their keys: data-t, data-t-label. */
export async function loadMessages() {
  let english;
  [texts, english] = await Promise.all([read(language), language === "en" ? {} : read("en")]);
  learn(english);
  document.documentElement.lang = language;
  if (language === "en") return;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of document.querySelectorAll("[data-t-label]")) e.setAttribute("aria-label", t(e.dataset.tLabel));
}
