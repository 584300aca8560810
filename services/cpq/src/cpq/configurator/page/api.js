// Calls of the API. Everything that comes back is data: it reaches the page as text only.

const TOKEN = "tradewind.token";

export class Problem extends Error {
  constructor(document) {
    super(document.detail || document.title || "The service does not answer.");
    this.code = document.code || "";
    this.hint = document.hint || "";
    this.status = document.status || 0;
  }
}

export function signedIn() {
  return sessionStorage.getItem(TOKEN) !== null;
}

export function signIn(token) {
  sessionStorage.setItem(TOKEN, token.trim());
}

export function signOut() {
  sessionStorage.removeItem(TOKEN);
}

export async function settings() {
  const answer = await fetch("/configurator/settings.json");
  return answer.ok ? answer.json() : { issuer: null };
}

// Only where the service names a development issuer; its secrets are public by design.
export async function tokenOf(issuer, client, secret) {
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials", client_id: client, client_secret: secret,
    }),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Problem({ detail: found.error_description, status: answer.status });
  return found.access_token;
}

async function call(method, path, body, signal) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(TOKEN) || ""}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The service cannot be reached." });
  }
  const found = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return {};
  });
  if (!answer.ok) throw new Problem({ status: answer.status, ...found });
  return found;
}

export async function models() {
  const found = [];
  let cursor = "";
  do {
    const page = await call("GET", `/v1/configuration-models?status=published&sort=name&limit=200${cursor}`);
    found.push(...page.items);
    cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : "";
  } while (cursor);
  return found;
}

export const form = (model) => call("GET", `/v1/configurations/form?model=${encodeURIComponent(model)}`);
export const live = (question, signal) => call("POST", "/v1/configurations/live", question, signal);
export const explain = (question) => call("POST", "/v1/configurations/explain", question);
export const complete = (question) => call("POST", "/v1/configurations/complete", question);
