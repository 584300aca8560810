// Words for people, made of the form's names.

export function sameTarget(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

export const keyOf = (target) => (typeof target === "string" ? target : `?${target.question}`);

export function money(amount, currency) {
  if (amount === null || amount === undefined) return "not known";
  // The amount is a decimal text: the formatter takes it as it is, without a binary number between.
  return currency
    ? new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount)
    : new Intl.NumberFormat(undefined, { minimumFractionDigits: 2 }).format(amount);
}

export function difference(amount, currency) {
  if (amount === null || amount === undefined) return "";
  const style = currency ? { style: "currency", currency } : { minimumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, { ...style, signDisplay: "exceptZero" }).format(amount);
}

export class Names {
  constructor(form) {
    this.targets = new Map();
    this.values = new Map();
    for (const node of form.nodes) {
      this.targets.set(node.target, node.name);
      if (node.quantity_target) this.targets.set(node.quantity_target, `quantity of ${node.name}`);
      for (const attribute of node.attributes) {
        this.targets.set(attribute.target, `${node.name}: ${attribute.name}`);
        this.values.set(attribute.target, new Map(attribute.options.map((o) => [o.code, o.name])));
      }
    }
    for (const question of form.questions) {
      this.targets.set(`?${question.key}`, question.text);
      this.values.set(`?${question.key}`, new Map(question.answers.map((a) => [a.code, a.text])));
    }
  }

  target(target) {
    return this.targets.get(keyOf(target)) || keyOf(target);
  }

  value(target, value) {
    if (value === true) return "yes";
    if (value === false) return "no";
    return this.values.get(keyOf(target))?.get(value) || String(value);
  }

  choice(choice) {
    return `${this.target(choice.target)} = ${this.value(choice.target, choice.value)}`;
  }

  reason(reason) {
    if (!reason) return "";
    const said = reason.messages.filter(Boolean);
    const because = reason.choices.map((choice) => this.choice(choice));
    const rules = said.length ? said.join(" ") : `Rule ${reason.rules.join(", ")}.`;
    const given = Object.entries(reason.facts).map(([name, value]) => `${name} = ${value}`);
    const both = [
      because.length ? `You chose ${because.join("; ")}.` : "",
      given.length ? `Given: ${given.join("; ")}.` : "",
    ].filter(Boolean).join(" ");
    return both ? `${rules} (${both})` : rules;
  }

  repair(repair, currency) {
    const changes = repair.changes.map(({ choice, to }) =>
      to === null
        ? `Take back ${this.choice(choice)}`
        : `Change ${this.target(choice.target)} to ${this.value(choice.target, to)}`);
    const price = difference(repair.price_difference, currency);
    return `${changes.join(", and ")}${price ? ` (${price})` : ""}`;
  }
}
