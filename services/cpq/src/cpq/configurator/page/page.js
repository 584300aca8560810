// The configurator page: what was chosen, one question for each change, and the answer shown.

import * as api from "./api.js";
import { Form } from "./form.js";
import { Summary } from "./summary.js";
import { Names, keyOf, sameTarget } from "./words.js";

const LARGE = 400; // Targets beyond which reasons are asked for one by one.
const $ = (id) => document.getElementById(id);

const page = { choices: [], form: null, view: null, names: null, summary: null, last: null, asking: null };

async function start() {
  const { issuer } = await api.settings();
  page.issuer = issuer;
  $("by-client").hidden = !issuer;
  $("by-token").hidden = Boolean(issuer);
  $("sign-in").addEventListener("submit", (event) => { event.preventDefault(); guarded(signIn); });
  $("sign-out").addEventListener("click", () => { api.signOut(); location.reload(); });
  $("model").addEventListener("change", () => guarded(() => open($("model").value)));
  for (const id of ["quantity", "currency", "customer", "wanted"]) {
    $(id).addEventListener("change", () => guarded(refresh));
  }
  $("context").addEventListener("submit", (event) => event.preventDefault());
  $("finish").addEventListener("submit", (event) => { event.preventDefault(); guarded(finish); });
  $("start-over").addEventListener("click", () => { page.choices = []; guarded(refresh); });
  $("copy").addEventListener("click", () => guarded(copy));
  page.summary = new Summary(repair);
  if (api.signedIn()) await guarded(choose);
  else $("sign-in").hidden = false;
}

async function signIn() {
  const token = page.issuer
    ? await api.tokenOf(page.issuer, $("client").value, $("secret").value)
    : $("token").value;
  api.signIn(token);
  await choose();
}

async function choose() {
  const found = await api.models();
  $("sign-in").hidden = true;
  const today = new Date().toISOString().slice(0, 10);
  const current = found.filter((one) => one.valid_from <= today && (!one.valid_to || today < one.valid_to));
  $("model").replaceChildren(...current.map((one) => new Option(one.name, one.key)));
  if (!current.length) throw new api.Problem({ detail: "No configuration model is published for today." });
  const asked = new URLSearchParams(location.search).get("model");
  if (asked && current.some((one) => one.key === asked)) $("model").value = asked;
  await open($("model").value);
}

async function open(model) {
  page.form = await api.form(model);
  page.choices = [];
  page.names = new Names(page.form);
  page.view = new Form($("form"), page.form, page.names, decide, why);
  document.title = `${page.form.name} · Configurator`;
  $("title").textContent = page.form.name;
  history.replaceState(null, "", `?model=${encodeURIComponent(model)}`);
  $("context").hidden = false;
  $("work").hidden = false;
  await refresh();
}

function question() {
  const asked = {
    model: page.form.model,
    model_version: page.form.model_version,
    choices: page.choices,
  };
  const currency = $("currency").value.trim().toUpperCase();
  if (currency) asked.currency = currency;
  if ($("customer").value.trim()) asked.customer_id = $("customer").value.trim();
  if ($("wanted").value) asked.requested_on = $("wanted").value;
  return asked;
}

// Changes are [{target, value}]; null takes a choice back.
function decide(changes) {
  for (const { target, value } of changes) {
    page.choices = page.choices.filter((choice) => !sameTarget(choice.target, target));
    if (value !== null) page.choices.push({ target, value });
  }
  guarded(refresh);
}

function repair(changes) {
  decide(changes.map(({ choice, to }) => ({ target: choice.target, value: to })));
  $("form").focus();
}

async function refresh() {
  page.asking?.abort();
  const asking = (page.asking = new AbortController());
  $("work").setAttribute("aria-busy", "true");
  try {
    const state = await api.live(
      { ...question(), quantity: $("quantity").value.trim() || "1", reasons: targets() <= LARGE },
      asking.signal,
    );
    page.last = state;
    page.view.update(state.domains, page.choices);
    page.summary.show(state, page.names);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    return;
  }
  if (page.asking === asking) $("work").removeAttribute("aria-busy");
}

function targets() {
  return page.form.nodes.reduce((sum, node) => sum + 1 + node.attributes.length, 0);
}

async function why(target, value) {
  const found = await api.explain({ ...question(), target, value });
  return page.names.reason(found.reason);
}

async function finish() {
  const found = await api.complete({ ...question(), goal: $("goal").value });
  const decided = new Set(page.choices.map((choice) => keyOf(choice.target)));
  const open = new Map(page.last.domains.map((domain) => [keyOf(domain.target), domain]));
  for (const { target, value } of found.values) {
    const domain = open.get(keyOf(target));
    if (!domain || decided.has(keyOf(target)) || domain.origin === "forced") continue;
    if (domain.value !== value) page.choices.push({ target, value });
  }
  await refresh();
  $("finished").textContent = found.optimal
    ? "Finished: there is no better one."
    : "Finished with the best that was found in time.";
}

async function copy() {
  const { model, model_version, choices } = question();
  await navigator.clipboard.writeText(JSON.stringify({ model, model_version, choices }, null, 2));
  $("finished").textContent = "Copied: give it to a quote's line as its configuration.";
}

async function guarded(work) {
  $("problem").hidden = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (error.status === 401) { api.signOut(); $("sign-in").hidden = false; $("context").hidden = true; }
    $("problem").textContent = [error.message, error.hint].filter(Boolean).join(" ");
    $("problem").hidden = false;
    $("work").removeAttribute("aria-busy");
  }
}

start();
