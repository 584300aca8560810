// What stands beside the form: price, conflict, messages, parts.

import { money } from "./words.js";

const $ = (id) => document.getElementById(id);

const STOCK = { available: "in stock", later: "later", short: "not in sight", "not-stocked": "–" };
const CREDIT = {
  ok: "within credit", exceeded: "exceeds credit", blocked: "blocked", "no-limit": "no limit",
  "other-currency": "account in another currency",
};

function item(text, className = "") {
  const element = document.createElement("li");
  element.textContent = text;
  element.className = className;
  return element;
}

export class Summary {
  constructor(repair) {
    this.repair = repair;
  }

  show(state, names) {
    this.#conflict(state, names);
    this.#price(state);
    this.#messages(state);
    this.#parts(state);
    $("finished").textContent = "";
  }

  #conflict(state, names) {
    const { conflict } = state;
    $("conflict").hidden = !conflict;
    $("conflict-said").textContent = conflict ? names.reason(conflict.reason) : "";
    const buttons = (conflict ? conflict.repairs : []).map((repair) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = names.repair(repair, state.about.currency);
      button.addEventListener("click", () => this.repair(repair.changes));
      const line = document.createElement("li");
      line.append(button);
      return line;
    });
    $("repairs").replaceChildren(...buttons);
  }

  #price(state) {
    const { price, totals, about } = state;
    $("price").textContent = price
      ? money(price.net, price.currency)
      : `${money(totals.price, about.currency)}${totals.price === null ? "" : " at list"}`;
    const rows = [];
    if (price) {
      rows.push(["List price of one", money(price.list_unit_price, price.currency)]);
      rows.push(["Discounts", `${(Number(price.discount_fraction) * 100).toFixed(1)} %`]);
      rows.push(["With estimated tax", money(price.gross_estimate, price.currency)]);
    }
    if (state.margin?.fraction) rows.push(["Margin", `${(Number(state.margin.fraction) * 100).toFixed(1)} %`]);
    if (state.stock) {
      const day = state.stock.promised_on ? ` (${state.stock.promised_on})` : "";
      rows.push(["Delivery", `${STOCK[state.stock.verdict]}${day}, ${age(state.stock.source)}`]);
    }
    if (state.credit) rows.push(["Credit", `${CREDIT[state.credit.verdict]}, ${age(state.credit.source)}`]);
    $("deal").replaceChildren(...rows.flatMap(([term, text]) => {
      const name = document.createElement("dt");
      const value = document.createElement("dd");
      name.textContent = term;
      value.textContent = text;
      return [name, value];
    }));
    $("waterfall-box").hidden = !price;
    $("waterfall").replaceChildren(...(price ? price.waterfall : []).map(
      (step) => item(`${step.reason}: ${money(step.output, price.currency)}`)));
  }

  #messages(state) {
    const shown = [
      ...state.messages.map((one) => item(one.text, one.severity)),
      ...state.unavailable.map((one) => item(one.reason, "warning")),
    ];
    $("messages-box").hidden = !shown.length;
    $("messages").replaceChildren(...shown);
  }

  #parts(state) {
    $("parts-box").hidden = !state.parts.length;
    $("parts").replaceChildren(...state.parts.map((part) => {
      const row = document.createElement("tr");
      const cells = [
        `${part.quantity} × ${part.name || part.sku}`,
        money(part.list_unit_price, state.about.currency),
        part.stock ? STOCK[part.stock.verdict] : "not known",
      ];
      for (const text of cells) {
        const cell = document.createElement("td");
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }));
  }
}

function age(source) {
  if (!source) return "as always";
  const seconds = source.age_seconds;
  if (seconds < 90) return `as of ${seconds} s ago`;
  if (seconds < 5400) return `as of ${Math.round(seconds / 60)} min ago`;
  return `as of ${Math.round(seconds / 3600)} h ago`;
}
