// The offer behind a link. The link's secret stands behind the #, which browsers send to nobody;
// the page alone reads it and sends it in a header.

import { wordsOf } from "/offer/words.js";

const $ = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];
let words = wordsOf((navigator.languages[0] || "en").startsWith("de") ? "de"
  : (navigator.languages[0] || "en").startsWith("zh") ? "zh-Hans" : "en");
let offer = null;
let acceptKey = crypto.randomUUID();

class Problem extends Error {
  constructor(found) {
    super([found.title, found.hint].filter(Boolean).join(". ") || words("unreachable"));
    this.code = found.code;
  }
}

async function call(method, path, body, key) {
  const headers = { Authorization: `Link ${secret}` };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["Idempotency-Key"] = key || crypto.randomUUID();
  }
  let answer;
  try {
    answer = await fetch(`/v1/offer${path}`, {
      method, headers, body: body && JSON.stringify(body), cache: "no-store",
    });
  } catch {
    throw new Problem({});
  }
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})));
  return answer;
}

const money = (text) => {
  // Decimals stay text: only the separators are the language's.
  const digits = new Intl.NumberFormat(offer.language, { style: "currency", currency: offer.currency })
    .resolvedOptions().maximumFractionDigits;
  const [whole, fraction = ""] = text.split(".");
  return new Intl.NumberFormat(offer.language, {
    style: "currency", currency: offer.currency, minimumFractionDigits: digits,
  }).formatToParts(BigInt(whole.replace("-", "") || "0"))
    .map((part) => part.type === "fraction" ? fraction.padEnd(digits, "0").slice(0, digits)
      : part.value).join("").replace(/^/, whole.startsWith("-") ? "-" : "");
};
const day = (text) => new Intl.DateTimeFormat(offer.language, { dateStyle: "long", timeZone: "UTC" })
  .format(new Date(`${text}T00:00:00Z`));

function show(found, { focus = false } = {}) {
  offer = found;
  words = wordsOf(offer.language);
  document.documentElement.lang = offer.language;
  document.title = offer.number;
  sheet.replaceSync(offer.style);
  $("article").innerHTML = offer.article;  // Made and escaped by the service.
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = words(element.dataset.words);
  }
  const status = $("status");
  const stands = offer.outdated ? "outdated"
    : offer.status === "sent" && !offer.can_be_answered ? "expired" : offer.status;
  status.className = stands;
  status.textContent = words(stands, {
    day: day(offer.accepted_on || offer.valid_until), name: offer.accepted_by || "",
  });
  if (offer.order_number) {
    status.append(document.createElement("br"),
      words("order", { number: offer.order_number, status: offer.order_status }));
  }
  $("hash").textContent = offer.content_hash;
  $("totals").replaceChildren(...["net", "tax", "gross"].flatMap((name) => {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = words(name);
    value.textContent = money(offer[name]);
    if (name === "gross") { term.className = "sum"; value.className = "sum"; }
    return [term, value];
  }));
  showOptions();
  $("accept").hidden = !offer.can_be_answered;
  $("problem").hidden = true;
  $("offer").hidden = false;
  if (focus) $("offer").focus();
}

function showOptions() {
  const sets = new Map();
  for (const option of offer.options) {
    const at = option.choice || option.key;
    sets.set(at, [...(sets.get(at) || []), option]);
  }
  $("options").hidden = offer.options.length === 0;
  $("choices").replaceChildren(...[...sets].map(([at, options]) => {
    const one = options[0].choice !== null;
    const rows = options.map((option) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      const what = document.createElement("span");
      const price = document.createElement("span");
      input.type = one ? "radio" : "checkbox";
      input.name = `option-${at}`;
      input.checked = option.selected;
      input.disabled = !offer.can_be_answered;
      input.addEventListener("change", () => pick(option.key, input.checked));
      what.className = "what";
      what.textContent = `${option.quantities.join(" → ")} ${option.unit} ${option.name}`;
      price.textContent = money(option.amount);
      label.append(input, what, price);
      return label;
    });
    if (!one) return rows[0];
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = words("choose");
    set.append(legend, ...rows);
    return set;
  }));
}

function fail(problem) {
  $("problem").textContent = problem.message;
  $("problem").hidden = false;
  $("problem").scrollIntoView({ block: "nearest" });
}

async function busy(work) {
  for (const button of document.querySelectorAll("button, #choices input")) button.disabled = true;
  try {
    await work();
  } catch (problem) {
    const stale = problem.code === "offer-differs";
    await load().catch(() => {});
    fail(stale ? new Error(words("changed")) : problem);
  } finally {
    for (const button of document.querySelectorAll("button")) button.disabled = false;
    if (offer) showOptions();
  }
}

const pick = (key, selected) => busy(async () => {
  show(await (await call("POST", "/selection", { selected: { [key]: selected } })).json());
});

$("accept").addEventListener("submit", (event) => {
  event.preventDefault();
  busy(async () => {
    // The same key as long as it is the same acceptance: a second click is the first one again.
    const body = {
      content_hash: offer.content_hash, accepted_by: $("name").value.trim(),
      comment: $("comment").value.trim() || null,
    };
    const accepted = await call("POST", "/accept", body, acceptKey)
      .catch((problem) => { acceptKey = crypto.randomUUID(); throw problem; });
    show(await accepted.json(), { focus: true });
  });
});

$("no").addEventListener("click", () => {
  const reason = window.prompt(words("why"));
  if (reason === null) return;
  busy(async () => {
    const body = { reason: reason.trim() || null };
    show(await (await call("POST", "/decline", body)).json(), { focus: true });
  });
});

$("pdf").addEventListener("click", () => busy(async () => {
  const file = URL.createObjectURL(await (await call("GET", "/document")).blob());
  const link = document.createElement("a");
  link.href = file;
  link.download = `${offer.number}.pdf`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
}));

async function load() {
  show(await (await call("GET", "")).json());
}

if (secret) load().catch(fail); else fail(new Error(words("noLink")));
