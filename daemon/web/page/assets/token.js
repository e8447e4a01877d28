// The token that lets this page talk to the daemon. It comes in the address
// (#token=...), is kept for this tab only and taken out of the address, so that
// it is neither bookmarked nor seen by who looks over a shoulder.

const key = "stillmic-token";

/** Takes a token out of the address, if there is one, and says whether there was. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return false;
  sessionStorage.setItem(key, given);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

/** Takes what a person pasted: the page's whole address, or the token. */
export function pasteToken(text) {
  const token = text.trim().replace(/^.*#token=/, "");
  sessionStorage.setItem(key, token);
}

export const hasToken = () => Boolean(sessionStorage.getItem(key));

/** The header of every request. */
export const authorization = () => ({ Authorization: `Bearer ${sessionStorage.getItem(key) ?? ""}` });
