// Requests to the daemon.
import { said, t } from "./messages.js";
import { authorization } from "./token.js";

// timeout in ms: the daemon answers within 50 ms, a busy machine later.
const timeout = 8000;

/** What the daemon answered, or why it did not. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status; // 0: no answer
  }
}

/** Sends a request; the answer's status is 200, else it throws a Refused. */
export async function send(path, { method = "GET", body, signal, limit = timeout, headers = {} } = {}) {
  const signals = [signal, limit ? AbortSignal.timeout(limit) : null].filter(Boolean);
  let answer;
  try {
    answer = await fetch(path, { method, body, headers: { ...headers, ...authorization() }, signal: AbortSignal.any(signals), cache: "no-store" });
  } catch (why) {
    if (signal?.aborted) throw why;
    throw new Refused(t("head.silent"), 0);
  }
  if (answer.ok) return answer;
  const text = await answer.json().then((a) => a.error, () => "");
  throw new Refused(said(text) || `${answer.status} ${answer.statusText}`, answer.status);
}

/** Reads an answer to its end: as "json", "blob", "formData" or "arrayBuffer". A browser's own words for an
    answer that breaks off are for developers. */
export async function read(answer, kind, signal) {
  try {
    return await answer[kind]();
  } catch (why) {
    if (signal?.aborted) throw why;
    throw new Refused(t("head.silent"), 0);
  }
}

export const get = async (path) => read(await send(path), "json");

export const post = async (path, body) => read(await send(path, { method: "POST", body: JSON.stringify(body) }), "json");
