// The line to the daemon: its events, its last status, and whether it is there.
import { post, send, Refused } from "./api.js";
import { t } from "./messages.js";
import { readEvents } from "./sse.js";
import { exchangeCode, hasToken, pasteToken, takeToken } from "./token.js";

// The status comes every second; silenceLimit ms without any event mean that
// something is wrong. Retries come quickly at first, then every retryMost ms.
const silenceLimit = 3500;
const giveUp = 15000; // ms of silence until it tries a new line
const retryFirst = 400;
const retryMost = 5000;

class Connection extends EventTarget {
  status = null; // the last one
  state = "connecting"; // connecting, open, silent, lost, refused
  #stop = null;
  #retry = retryFirst;
  #timer = 0;
  #heard = 0;
  #left = false; // somebody went on to another page

  /** Calls f with every event of a kind: status, meters, spectrum, log, histogram. */
  on(kind, f) {
    this.addEventListener(kind, (e) => f(e.detail));
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  #become(state, why = "") {
    if (state === this.state && state !== "refused") return;
    this.state = state;
    this.#tell("state", { state, why });
  }

  /** Connects, and again whenever the line breaks. */
  open() {
    takeToken();
    addEventListener("hashchange", () => takeToken() && this.again());
    // Nobody looks at a hidden page: the daemon need not measure for it.
    document.addEventListener("visibilitychange", () => this.#left || this.again());
    // A page that was left may come back as it was. Until then its stream would hold one of the
    // six connections that the browser lets this address have.
    addEventListener("pagehide", () => {
      this.#left = true; // it becomes hidden only after this
      this.#close();
    });
    addEventListener("pageshow", (e) => {
      this.#left = false;
      if (e.persisted) this.again();
    });
    setInterval(() => this.#watch(), 500);
    this.again();
  }

  /** Connects anew, with a token that was pasted, if any. */
  again(token) {
    if (token) pasteToken(token);
    this.#close();
    this.#retry = retryFirst;
    this.#listen();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
  }

  async #listen() {
    const stop = (this.#stop = new AbortController());
    let why = new Refused(t("head.lost"), 0);
    try {
      await exchangeCode(post);
      if (!hasToken()) throw new Refused(t("head.refused"), 401);
      const kinds = document.hidden ? "?kinds=status,log,histogram" : "?replay=true";
      const answer = await send("/v1/events" + kinds, { signal: stop.signal, limit: 0 });
      await readEvents(answer.body, (kind, data) => this.#take(kind, data));
    } catch (error) {
      why = error;
    }
    if (stop !== this.#stop) return; // another has taken over
    this.#become(why.status === 401 ? "refused" : "lost", why.message);
    this.#timer = setTimeout(() => this.#listen(), this.#retry);
    this.#retry = Math.min(this.#retry * 1.7, retryMost);
  }

  #take(kind, data) {
    this.#heard = performance.now();
    this.#retry = retryFirst;
    this.#become("open");
    if (kind === "status") {
      // The answer to a request may come after an event that is newer.
      if (this.status?.pid === data.pid && data.uptime_s < this.status.uptime_s) return;
      this.status = data;
    }
    this.#tell(kind, data);
  }

  // A daemon that hangs keeps its connections: only silence tells.
  #watch() {
    const silence = performance.now() - this.#heard;
    if (this.state === "open" && silence > silenceLimit) this.#become("silent", t("head.silent"));
    if (this.state === "silent" && silence > giveUp) {
      this.#heard = performance.now();
      this.again();
    }
  }

  /** Changes something; the status that comes back is shown. Resolves to whether it worked. What is
      refused is said as told has it. */
  async change(path, body, told = (text) => text) {
    try {
      this.#take("status", await post(path, body));
      return true;
    } catch (error) {
      this.problem(told(error.message));
      if (this.status) this.#tell("status", this.status); // controls go back to what is true
      return false;
    }
  }

  /** Tells the person what went wrong. */
  problem(text) {
    this.#tell("problem", text);
  }
}

export const connection = new Connection();
