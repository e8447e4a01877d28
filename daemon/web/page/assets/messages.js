// The page's texts in the language of the browser. English stands in the page itself.
const languages = ["en", "de", "fr", "es", "pt", "ja", "zh"];

/** The language of the page, one of those that there are texts for. */
export const language = navigator.languages.map((l) => l.split("-")[0].toLowerCase()).find((l) => languages.includes(l)) ?? "en";

let texts = {};
let words = new Map(); // what a line of the log begins with in English, and the key
let sentences = []; // what the daemon may say in English: [key, pattern, letters that are the same each time], the most exact first

/** A text, with values put in for {names}. */
export function t(key, put = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => put[name] ?? all);
}

/** What the daemon says in English, in the language of the page; the Go package messages has the same. */
export const said = (line) => sentence(line).text;

/** A sentence in the language of the page, and how many of its letters are known. */
function sentence(line) {
  for (const [key, pattern, letters] of sentences) {
    const match = pattern.exec(line);
    if (!match) continue;
    const put = { ...match.groups };
    let known = letters;
    for (const name of ["why", "what"]) {
      if (!(name in put)) continue;
      const part = sentence(put[name]);
      put[name] = part.text;
      known += part.known;
    }
    return { text: t(key, put), known };
  }
  return { text: line, known: 0 };
}

/** An event, "word: sentence", likewise. */
function event(line) {
  const [word, ...more] = line.split(": ");
  if (!words.has(word)) return sentence(line);
  if (!more.length) return { text: t(words.get(word)), known: word.length };
  const rest = more.join(": ");
  const { text, known } = words.has(rest) ? { text: t(words.get(rest)), known: rest.length } : sentence(rest);
  return { text: `${t(words.get(word))}: ${text}`, known: word.length + known };
}

/** A line of the daemon's log, "word: sentence (details)", in the language of the page but for its details. */
export function logged(line) {
  // A sentence may have parentheses, too: the details begin where most of what comes before is known.
  let best = { known: -1 };
  for (let end = line.length; end > 0; end = line.lastIndexOf(" (", end - 1)) {
    const { text, known } = event(line.slice(0, end));
    if (known >= best.known) best = { text: text + line.slice(end), known };
  }
  return best.text ?? line;
}

/** Makes the sentences from the English texts. */
function learn(english) {
  const names = /\{(\w+)\}/g;
  const letters = (text) => text.replace(names, "").length;
  const pattern = (text) => new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(names, "(?<$1>.+?)")}$`);
  words = new Map(Object.entries(english).filter(([key]) => key.startsWith("log.")).map(([key, text]) => [text, key]));
  sentences = Object.entries(english).filter(([key]) => key.startsWith("said."))
    .map(([key, text]) => [key, pattern(text), letters(text)]).sort((a, b) => b[2] - a[2]);
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
