// The token that lets this page talk to the daemon. The address brings it
// (#token=...), or a code that is exchanged for it (#once=...). It is kept for this
// tab only and taken out of the address, so that it is neither bookmarked nor seen
// by who looks over a shoulder.

const key = "stillmic-token";

let code = ""; // not yet exchanged

/** Takes a token or a code out of the address, if there is one, and reports whether there was. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token");
  code = given.get("once") ?? "";
  if (!token && !code) return false;
  if (token) sessionStorage.setItem(key, token);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

/** Exchanges a code for the token, with post, which sends a request. */
export async function exchangeCode(post) {
  if (!code) return;
  const once = code;
  code = "";
  sessionStorage.setItem(key, (await post("/v1/token", { code: once })).token);
}

/** Takes what a person pasted: the page's whole address, or the token. */
export function pasteToken(text) {
  const [, kind, secret] = text.trim().match(/^(?:.*#)?(?:(once|token)=)?(.*)$/);
  if (kind === "once") code = secret;
  else sessionStorage.setItem(key, secret);
}

export const hasToken = () => Boolean(sessionStorage.getItem(key));

/** The header of every request. */
export const authorization = () => ({ Authorization: `Bearer ${sessionStorage.getItem(key) ?? ""}` });
