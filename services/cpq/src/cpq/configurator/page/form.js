// The form of a model: made once, then only told what is possible, so that the focus stays.

import { keyOf } from "./words.js";

const SAID = { user: "chosen", forced: "follows", default: "suggested", proposed: "suggested" };
let ids = 0;

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export class Form {
  // `choose(changes)` is told [{target, value}] with value null to take a choice back;
  // `ask(target, value)` answers why a value is excluded, when the state did not say.
  constructor(root, form, names, choose, ask) {
    Object.assign(this, { root, form, names, choose, ask });
    this.rows = new Map(); // target key -> rows that show it
    this.nested = []; // [element, node] shown while the node is selected
    this.members = new Map();
    for (const node of form.nodes) {
      if (!node.group) continue;
      const place = `${node.parent} ${node.group}`;
      this.members.set(place, [...(this.members.get(place) || []), node]);
    }
    root.replaceChildren();
    if (form.questions.length) root.append(this.#questions());
    root.append(this.#part(form.nodes[0]));
    root.addEventListener("keydown", (event) => this.#roam(event));
  }

  #questions() {
    const box = made("fieldset", { className: "part" }, made("legend", { textContent: "What do you need?" }));
    for (const question of this.form.questions) {
      box.append(this.#radios(question.text, question.target,
        question.answers.map((answer) => [answer.code, answer.text])));
    }
    return box;
  }

  #part(node) {
    const box = made("fieldset", { className: "part" }, made("legend", { textContent: node.name }));
    box.append(...this.#inside(node));
    return box;
  }

  #inside(node) {
    const found = node.attributes.map((attribute) => this.#attribute(attribute));
    for (const group of this.form.groups.filter((one) => one.node === node.key)) {
      found.push(this.#group(node, group));
    }
    return found;
  }

  #group(node, group) {
    const members = this.members.get(`${node.key} ${group.key}`) || [];
    const box = made("fieldset", {}, made("legend", { textContent: group.name || node.name }));
    const one = group.maximum === 1 && members.length > 1 && members.every((m) => !m.quantity_target);
    const name = `g${(ids += 1)}`;
    for (const member of members) {
      if (one) box.append(this.#alternative(member, members, name));
      else if (member.quantity_target) box.append(this.#number(member.name, member.quantity_target, {
        min: member.required ? member.minimum : 0, max: member.maximum, step: 1 }));
      else if (!member.required) box.append(this.#toggle(member.name, member.target));
      if (member.attributes.length || this.form.groups.some((g) => g.node === member.key)) {
        const inner = this.#part(member);
        this.nested.push([inner, member]);
        box.append(inner);
      }
    }
    if (one && group.minimum === 0) box.append(this.#none(members, name));
    return box;
  }

  #attribute(attribute) {
    if (attribute.calculated) return this.#shown(attribute.name, attribute.target);
    switch (attribute.type) {
      case "boolean": return this.#toggle(attribute.name, attribute.target);
      case "enumeration": return this.#radios(attribute.name, attribute.target,
        attribute.options.map((option) => [option.code, option.name]));
      case "text": return this.#text(attribute);
      default: return this.#number(attribute.name, attribute.target,
        { min: attribute.minimum, max: attribute.maximum, step: attribute.step });
    }
  }

  #radios(legend, target, values) {
    const box = made("fieldset", {}, made("legend", { textContent: legend }));
    const name = `g${(ids += 1)}`;
    for (const [value, text] of values) {
      const input = made("input", { type: "radio", name });
      // A click, since a value that is only suggested is checked already, and may be chosen.
      input.addEventListener("click", () => this.choose([{ target, value }]));
      box.append(this.#row(text, input, target, value, (d) => { input.checked = d.value === value; }));
    }
    return box;
  }

  #alternative(member, members, name) {
    const input = made("input", { type: "radio", name });
    input.addEventListener("click", () => this.choose(members.map((one) => (
      { target: one.target, value: one === member ? true : null }))));
    return this.#row(member.name, input, member.target, true, (d) => { input.checked = d.value === true; });
  }

  #none(members, name) {
    const input = made("input", { type: "radio", name });
    input.addEventListener("change", () => this.choose(
      members.map((one) => ({ target: one.target, value: false }))));
    const row = made("div", { className: "value" }, made("label", {}, input, made("span", { className: "text", textContent: "None of these" })));
    this.nested.push([input, null, members]);
    return row;
  }

  #toggle(text, target) {
    const input = made("input", { type: "checkbox" });
    input.addEventListener("change", () => this.choose([{ target, value: input.checked }]));
    return this.#row(text, input, target, true, (d) => { input.checked = d.value === true; });
  }

  #number(text, target, bounds) {
    const input = made("input", { type: "number", inputMode: "decimal" });
    for (const [name, value] of Object.entries(bounds)) if (value !== null) input[name] = value;
    input.addEventListener("change", () => {
      if (input.value === "") this.choose([{ target, value: null }]);
      else this.choose([{ target, value: input.value }]);
    });
    const hint = made("p", { className: "hint", id: `i${(ids += 1)}` });
    input.setAttribute("aria-describedby", hint.id);
    const row = this.#row(text, input, target, undefined, (d) => {
      if (document.activeElement !== input || d.origin !== "user") input.value = d.value ?? "";
      hint.textContent = bounded(d);
    }, hint);
    return row;
  }

  #text(attribute) {
    const { target } = attribute;
    const input = made("input", { type: "text", maxLength: attribute.longest });
    input.addEventListener("change", () => this.choose([{ target, value: input.value || null }]));
    return this.#row(attribute.name, input, target, undefined, (d) => {
      if (document.activeElement !== input) input.value = d.value ?? "";
    });
  }

  #shown(text, target) {
    const output = made("output");
    const row = made("p", { className: "value" }, made("label", {}, `${text}: `, output));
    this.#listen(target, (d) => {
      row.hidden = !d.visible;
      output.textContent = d.value === null ? "–" : this.names.value(target, d.value);
    });
    return row;
  }

  #row(text, input, target, value, show, hint) {
    const why = made("span", { className: "why", id: `i${(ids += 1)}` });
    const origin = made("span", { className: "origin" });
    const back = made("button", { type: "button", className: "back", textContent: "Take back", hidden: true });
    back.setAttribute("aria-label", `Take back ${this.names.target(target)}`);
    back.addEventListener("click", () => { input.focus(); this.choose([{ target, value: null }]); });
    const words = made("span", { className: "text", textContent: text });
    const label = input.type === "radio" || input.type === "checkbox"
      ? made("label", {}, input, words, origin)
      : made("label", {}, words, input, origin);
    const row = made("div", { className: "value" }, label, back, why);
    if (hint) row.append(hint);
    const asked = async () => {
      if (!row.classList.contains("excluded") || why.textContent) return;
      why.textContent = await this.ask(target, value);
    };
    row.addEventListener("mouseenter", asked);
    input.addEventListener("focus", asked);
    this.#listen(target, (d) => {
      row.hidden = !d.visible;
      show(d);
      this.#mark(d, { row, input, why, origin, back, value, hint });
    });
    return row;
  }

  #mark(d, { row, input, why, origin, back, value, hint }) {
    const holds = value === undefined || d.value === value;
    const found = value === undefined ? undefined : d.values.find((one) => one.value === value);
    const excluded = found !== undefined && !found.possible;
    row.classList.toggle("excluded", excluded);
    row.classList.toggle("chosen", holds && d.origin === "user");
    why.textContent = excluded ? this.names.reason(found.reason)
      : holds && d.origin === "forced" ? this.names.reason(d.reason) : "";
    const there = holds && d.value !== false && d.value !== "0" && d.value !== null;
    origin.textContent = excluded ? "not possible now" : there ? SAID[d.origin] || "" : "";
    back.hidden = !(holds && d.origin === "user");
    const described = [why.textContent || excluded ? why.id : "", hint ? hint.id : ""].filter(Boolean);
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  }

  #listen(target, update) {
    const key = keyOf(target);
    this.rows.set(key, [...(this.rows.get(key) || []), update]);
  }

  // Arrow keys move between values without choosing, so that a reason can be read before it is
  // decided; the space bar chooses.
  #roam(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || event.target.type !== "radio") return;
    event.preventDefault();
    const radios = [...this.root.querySelectorAll(`input[name="${event.target.name}"]`)]
      .filter((radio) => !radio.closest("[hidden]"));
    const at = radios.indexOf(event.target);
    radios[(at + step + radios.length) % radios.length].focus();
  }

  // While choices clash nothing is proposed: then each shows what was chosen, to be taken back there.
  update(domains, choices) {
    const values = new Map();
    const chosen = new Map(choices.map((choice) => [keyOf(choice.target), choice.value]));
    for (const told of domains) {
      const key = keyOf(told.target);
      const domain = told.value === null && chosen.has(key)
        ? { ...told, value: chosen.get(key), origin: "user" } : told;
      values.set(key, domain.value);
      for (const update of this.rows.get(key) || []) update(domain);
    }
    const there = (node) => node.required || values.get(node.target) === true
      || (node.quantity_target && Number(values.get(node.quantity_target) || 0) > 0);
    for (const [element, node, members] of this.nested) {
      if (node) element.hidden = !there(node);
      else element.checked = members.every((one) => !there(one));
    }
  }
}

function bounded(domain) {
  if (domain.ranges.length) {
    const [low, high] = domain.ranges[0];
    return low === high ? `only ${low}` : `${low} to ${high}`;
  }
  const left = domain.values.filter((one) => one.possible).map((one) => String(one.value));
  if (!left.length || left.length > 12) return "";
  return left.length === 1 ? `only ${left[0]}` : `one of ${left.join(", ")}`;
}
