// The parts of an import by hand: figures, decisions, products, columns, problem rows, and what ends it.
const ROWS = 50; // of a table at first, and with each "more"
const numbers = new Intl.NumberFormat(language);
const number = (value) => numbers.format(value);
const told = ({ orders, pieces, amount }) => filled(words.figures, { orders: number(orders), pieces: number(pieces), amount }).replace(/, $/u, "");
const role = (name) => words[`role_${name}`] ?? name;
const more = new Map(); // how many rows of each table are shown
const unfolded = new Set();
let search = "";

function drawHand() {
  const { id: focused, value: draft } = document.activeElement ?? {};
  const isTyping = document.activeElement?.matches("#hand-body input:not([type=radio], [type=checkbox])");
  const open = view.decisions.filter((one) => one.is_open);
  const rest = view.decisions.filter((one) => !one.is_open);
  part("hand-body").replaceChildren(
    totals(),
    ...(view.import_id ? [] : [Object.assign(button(words.hand_edition, () => askEdition("")), { id: "other-edition" })]),
    ...(view.error ? [english(made("p", view.error, "stop"))] : []),
    ...(view.note ? [english(made("p", view.note, "quiet"))] : []),
    ...(open.length ? [made("h2", filled(words.hand_open, { number: number(open.length) })), ...takeAll(open), ...open.map(decision)] : []),
    ...products(),
    ...(rest.length ? [fold("decided", words.hand_decided, rest.length, () => rest.map(decision))] : []),
    fold("columns", words.columns, view.columns.length, () => [rowsOf("columns", words.columns, [words.hand_column, words.hand_holds, words.hand_meaning], view.columns, column)]),
    fold("reckoning", words.hand_reckoning, view.steps.length, () => [rowsOf("steps", words.hand_reckoning, [words.what, words.orders, words.pieces, words.hand_amount], view.steps, reckoned)]),
    ...problems(),
    ...ending(open),
  );
  const again = focused ? part(focused) : null;
  again?.focus();
  if (again && isTyping) again.value = draft; // what is being typed outlives what was found meanwhile
}

function totals() {
  const { file, written, difference } = view.totals;
  const table = made("table", "", "totals");
  table.append(made("caption", view.edition));
  const head = table.createTHead().insertRow();
  for (const text of ["", words.in_file, words.hand_will, words.hand_difference]) head.append(text ? Object.assign(made("th", text, "figure"), { scope: "col" }) : made("td", ""));
  const body = table.createTBody();
  for (const [label, show] of [[words.orders, (one) => number(one.orders)], [words.pieces, (one) => number(one.pieces)], [words.hand_amount, (one) => one.amount || "–"]]) {
    const row = body.insertRow();
    row.append(Object.assign(made("th", label), { scope: "row" }), ...[file, written, difference].map((one) => made("td", show(one), "figure")));
  }
  return scrolling(table, view.edition);
}

function takeAll(open) {
  const some = open.filter((one) => one.recommended);
  if (!some.length) return [];
  const takes = button(words.hand_take_all, () => {
    for (const { key, recommended } of some) chosen.set(key, recommended);
    settleNow();
  });
  takes.id = "take-all";
  const answers = made("div", "", "answers");
  answers.append(takes);
  return [answers];
}

function decision({ key, about, options, recommended, argument, chosen: holds, is_open: isOpen }) {
  const group = made("fieldset", "", isOpen ? "decision open" : "decision");
  group.append(english(made("legend", about)));
  const picked = chosen.get(key) ?? holds;
  for (const one of options) group.append(option(key, one, one.name === picked, one.name === recommended));
  if (argument) group.append(typed(key, argument, options.some((one) => one.name === picked) ? "" : picked));
  return group;
}

function option(key, { name, meaning, writes, change }, isPicked, isRecommended) {
  const label = made("label", "", "option");
  const radio = Object.assign(document.createElement("input"), { type: "radio", name: `decision ${key}`, id: `${key}: ${name}`, checked: isPicked });
  radio.addEventListener("change", () => choose_(key, name));
  const text = made("span", "");
  text.append(english(made("span", meaning || name)));
  if (isRecommended) text.append(made("small", words.hand_recommended, "good"));
  if (writes) text.append(english(made("small", change ? `→ ${writes} (${change})` : `→ ${writes}`)));
  label.append(radio, text);
  return label;
}

function typed(key, argument, value) {
  const form = made("form", "", "finder");
  const input = Object.assign(document.createElement("input"), { id: `typed ${key}`, value, autocomplete: "off", spellcheck: false });
  form.append(labelled(words.hand_other, input), Object.assign(made("button", words.hand_use), { type: "submit" }));
  form.querySelector("label").append(english(made("small", argument)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    chosen.set(key, input.value.trim());
    settleNow();
  });
  return form;
}

function fold(id, title, count, content) {
  // What is folded is drawn when it is opened.
  const details = document.createElement("details");
  const summary = made("summary", `${title} (${number(count)})`);
  summary.id = `fold-${id}`;
  details.className = "fold";
  details.append(summary);
  const draw = () => details.childElementCount === 1 && details.append(...content());
  details.open = unfolded.has(id);
  if (details.open) draw();
  details.addEventListener("toggle", () => {
    if (details.open) unfolded.add(id);
    else unfolded.delete(id);
    if (details.open) draw();
  });
  return details;
}

function rowsOf(id, caption, headings, rows, cells) {
  // A table of the first rows; of more, the next ones are added at its end.
  const block = made("div", "", "block");
  const table = made("table", "", id);
  table.append(made("caption", caption, "unseen"));
  const head = table.createTHead().insertRow();
  for (const heading of headings) head.append(Object.assign(made("th", heading), { scope: "col" }));
  const body = table.createTBody();
  const next = button("", () => {
    more.set(id, (more.get(id) ?? ROWS) + ROWS);
    fill();
  });
  next.id = `more-${id}`;
  function fill() {
    const upTo = Math.min(more.get(id) ?? ROWS, rows.length);
    for (let at = body.rows.length; at < upTo; at += 1) {
      const row = body.insertRow();
      row.append(...cells(rows[at], at));
      headings.forEach((heading, place) => { row.cells[place].dataset.label = heading; }); // where it is too narrow for a head
    }
    next.hidden = upTo >= rows.length;
    next.textContent = filled(words.hand_more, { number: number(rows.length - upTo) });
  }
  fill();
  block.append(scrolling(table, caption), next);
  return block;
}

const cell = (content, kind = "") => {
  const made_ = made("td", typeof content === "string" ? content : "", kind);
  if (typeof content !== "string") made_.append(...[content].flat());
  return made_;
};

function column({ heading, used_for: uses, holds }, at) {
  const select = Object.assign(document.createElement("select"), { id: `column ${at}` });
  select.setAttribute("aria-label", `${words.hand_meaning}: ${heading}`);
  const now = chosen.get(`columns.${heading}`) ?? (uses.length === 1 ? uses[0] : "");
  const known = view.roles.includes(now);
  if (!known) select.append(new Option(uses.length ? uses.map((one) => one.replace("metadata ", "")).map(role).join(", ") : words.role_ignore, "", true, true));
  for (const name of view.roles) if (known || name !== "ignore" || uses.length) select.append(new Option(role(name), name, false, name === now));
  select.disabled = !heading.trim() || view.columns.findIndex((one) => one.heading === heading) !== at;
  select.addEventListener("change", () => select.value && choose_(`columns.${heading}`, select.value));
  return [Object.assign(made("th", heading || "–"), { scope: "row" }), cell(holds), cell(select)];
}

function reckoned({ what, is_sum: isSum, orders, pieces, amount, skipped }) {
  const label = english(made("p", what, isSum ? "strong" : ""));
  return [cell([label, ...(skipped.length ? [made("p", skipped.join(", "), "quiet")] : [])]), cell(number(orders), "figure"), cell(number(pieces), "figure"), cell(amount || "–", "figure")];
}

const nameOf = ({ name, code, price }) => [name, code, price].filter(Boolean).join(" · ");

function products() {
  // The products of the file, and what each stands for: a choice that is searched by typing.
  if (!view.products.length) return [];
  const open = view.products.filter((one) => !one.stands_for).length;
  const content = () => {
    const sold = Object.assign(document.createElement("datalist"), { id: "sold" });
    sold.append(...view.sold.map((one) => Object.assign(document.createElement("option"), { value: nameOf(one) })), Object.assign(document.createElement("option"), { value: words.hand_skip }));
    const finds = Object.assign(document.createElement("input"), { type: "search", id: "product-search", value: search, autocomplete: "off" });
    const place = made("div", "");
    const fill = () => {
      const wanted = search.trim().toLocaleLowerCase(language);
      const rows = view.products.filter(({ code, name }) => `${code} ${name}`.toLocaleLowerCase(language).includes(wanted));
      place.replaceChildren(rowsOf("products", words.products, [words.hand_product, words.pieces, words.hand_stands], rows, product));
    };
    finds.addEventListener("input", () => {
      search = finds.value;
      fill();
    });
    fill();
    const left = view.more_products ? [made("p", filled(words.hand_more_products, { number: number(view.more_products) }), "quiet")] : [];
    return [sold, ...(view.products.length > 10 ? [labelled(words.hand_find_product, finds)] : []), place, ...left];
  };
  if (open) unfolded.add("products");
  const title = open ? `${words.products} – ${filled(words.hand_unmatched, { number: number(open) })}` : words.products;
  return [fold("products", title, view.products.length, content)];
}

function product({ key, code, name, pieces, stands_for: holds, near }) {
  const target = chosen.get(key) ?? holds;
  const found = view.sold.find((one) => one.id === target);
  const input = Object.assign(document.createElement("input"), { id: key, value: target === "skip" ? words.hand_skip : found ? nameOf(found) : target ?? "", autocomplete: "off", placeholder: words.hand_choose });
  input.setAttribute("list", "sold");
  input.setAttribute("aria-label", `${words.hand_stands}: ${code || name}`);
  let known = input.value;
  const take = () => {
    if (input.value === known) return;
    known = input.value;
    const picked = input.value === words.hand_skip ? "skip" : view.sold.find((one) => nameOf(one) === input.value || one.code === input.value)?.id;
    input.setAttribute("aria-invalid", String(!picked));
    if (picked) choose_(key, picked);
    else hearing(filled(words.hand_no_product, { name: input.value }), "stop");
  };
  for (const event of ["change", "blur"]) input.addEventListener(event, take);
  const like = !target && view.sold.find((one) => one.id === near);
  const proposed = like && button(filled(words.hand_probably, { name: like.name }), () => choose_(key, like.id));
  return [cell([made("p", name || code), ...(name && code ? [made("p", code, "quiet")] : [])]), cell(number(pieces), "figure"), cell([input, ...(proposed ? [proposed] : [])])];
}

function problems() {
  const rows = view.problems.length
    ? [fold("problems", words.hand_problems, view.problems.length, () => [rowsOf("problem-rows", words.hand_problems, [words.line, words.hand_order, words.hand_column, words.reason], view.problems, (one) => [
        cell(number(one.line), "figure"), cell(one.order_id ?? "–"), cell([made("p", one.column ?? "–"), ...(one.cell ? [made("p", one.cell, "quiet")] : [])]), cell(english(made("p", one.reason)))])])]
    : [];
  if (!view.stays_out || view.decisions.some((one) => one.is_open)) return rows;
  return [...rows, saver()];
}

function ending(open) {
  const ready = view.import_id && view.stage === "needs_product_mapping" && !open.length;
  const answers = made("div", "", "answers ending");
  const leave = Object.assign(document.createElement("input"), { type: "checkbox", id: "leave-out" });
  const starts = Object.assign(button(words.hand_start, () => start(leave.checked), "yes"), { id: "start-import" });
  const update = () => { starts.disabled = !ready || (view.unmapped > 0 && !leave.checked); };
  leave.addEventListener("change", update);
  update();
  const over = Object.assign(button(words.hand_over, handOver), { id: "hand-over" });
  answers.append(...(way.starts ? [starts] : []), over);
  const label = made("label", "", "option");
  label.append(leave, made("span", filled(words.hand_leave_out, { number: number(view.unmapped) })));
  const note = ready ? (way.starts ? words.hand_start_note : words.hand_card_note) : view.is_empty ? words.hand_empty : words.hand_not_ready;
  return [...(ready && view.unmapped && way.starts ? [label] : []), answers, made("p", note, "quiet")];
}

function outcome({ stage, progress, import_result: result, outcome: came, error_message: error }) {
  const shown = [];
  if (progress && !FINAL_STAGES.has(stage)) {
    const bar = Object.assign(document.createElement("progress"), progress.total ? { max: progress.total, value: Math.min(progress.done, progress.total) } : {});
    bar.setAttribute("aria-label", words.stage_importing);
    shown.push(bar);
  }
  if (error) shown.push(english(made("p", error, "stop")));
  const facts = [
    [words.orders_imported, result?.orders_imported], [words.orders_skipped_existing, result?.orders_skipped_existing],
    [words.orders_skipped_unmapped, result?.orders_skipped_unmapped], [words.customers_created, result?.customers_created],
  ].filter(([, count]) => typeof count === "number").map(([label, count]) => [label, number(count)]);
  if (came) facts.push([words.announced, came.announced], [words.written, came.written]);
  const list = made("dl", "", "facts");
  for (const [label, value] of facts) {
    const row = made("div", "", "fact");
    row.append(made("dt", label), made("dd", value));
    list.append(row);
  }
  if (facts.length) shown.push(list);
  const out = came?.stayed_out ?? [];
  if (out.length) {
    shown.push(rowsOf("stayed-out", words.stayed_out, [words.orders, words.reason, words.order_numbers], out, (one) => [
      cell(number(one.orders), "figure"), cell(english(made("p", one.why))), cell(one.skipped_order_ids ?? "–")]));
  }
  if (FINAL_STAGES.has(stage) && view?.stays_out) shown.push(saver());
  return shown;
}
