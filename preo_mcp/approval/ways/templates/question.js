// The question as the card and the page show it.
const SHORT = 26; // characters of a fact that is shown large
const WIDE = 44; // characters of one that gets a line of its own
const FIGURE = /^(?:[A-Z]{3} )?[\d., ]*(?: [A-Z]{3})?$/u; // also an amount
const LED_BY_FIGURE = /^((?:[A-Z]{3} )?\d(?:[\d., ]*\d)?(?: [A-Z]{3})?)(, )(.+)$/su; // and words after it
const FEW = 2; // facts that are not worth a fold
let asked = null; // the question that is shown
let frameOf = null; // makes the frame of an e-mail, each way in its own manner

function showQuestion(shown) {
  asked = shown;
  const { sheet } = shown;
  part("ask").dataset.kind = sheet.kind;
  part("account").replaceChildren(made("span", `${words.account}: `, "unseen"), sheet.account);
  part("account").className = sheet.is_live ? "live" : "sandbox";
  part("question").replaceChildren(...headline(shown.question));
  const open = sheet.rest.filter((one) => !one.folded);
  const folded = sheet.rest.filter((one) => one.folded);
  if (folded.length <= FEW) open.push(...folded.splice(0));
  part("deciding").replaceChildren(...laidOut(sheet.deciding, "tiles"));
  part("rest").replaceChildren(...laidOut(open, "facts"));
  part("fold").hidden = !folded.length;
  part("fold").open = false;
  part("fold").querySelector("summary").textContent = words.more.replace("{number}", () => folded.length);
  part("fold").querySelector("dl").replaceChildren(...folded.map((one) => fact(one)));
  part("to-type").hidden = !shown.typing;
  part("typing").textContent = shown.typing || "";
  part("typed").value = "";
  part("approve").textContent = sheet.verb || words.approve;
  part("decline").textContent = words.decline;
  const time = new Date(shown.expires).toLocaleString(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  part("before").textContent = `${words.who} · ${words.before.replace("{time}", () => time)}`;
  part("account").hidden = !sheet.account;
  for (const id of ["question", "form"]) part(id).hidden = false;
  problem("");
  say(words[shown.barred] || "", "stop");
  bar(shown.barred || "");
  busy(false);
}

function bar(why) {
  // What the server would refuse is not offered; whoever asked may still say no.
  part("approve").hidden = Boolean(why);
  part("decline").hidden = why === "may_not";
  if (why) part("to-type").hidden = true;
}

function headline(text) {
  // The deed, and apart from it what is said after its question mark; one between quotation marks is part of a name.
  const [deed] = text.match(/^(?:“[^”]*”|[^“?])*\?/u) ?? [text];
  return deed === text ? [text] : [deed, made("span", text.slice(deed.length), "after")];
}

function laidOut(parts, kind) {
  // Facts one after another share a list; a table stands by itself.
  const blocks = [];
  for (const one of parts) {
    if (one.headings.length) blocks.push(table(one));
    else {
      if (blocks.at(-1)?.localName !== "dl") blocks.push(made("dl", "", kind));
      blocks.at(-1).append(fact(one, kind === "tiles"));
    }
  }
  return blocks;
}

const isLong = (value) => value.some(([kind]) => kind === "whole" || kind === "sms" || kind === "letter");
const lengthOf = (value) => value.reduce((sum, [kind, text]) => sum + (kind === "key" ? 0 : text.length), 0);

function fact({ label, value, unknown }, isTile = false) {
  const row = made("div", "", "fact");
  const told = made("dd", "");
  const led = isTile && !unknown && value.length === 1 && LED_BY_FIGURE.exec(value[0][1]);
  if (led) told.append(...led.slice(1).map((text, place) => made("span", text, ["led", "unseen", "after"][place])));
  else told.append(...(isLong(value) ? whole(value) : value.map(span)));
  if (unknown) row.classList.add("unknown");
  if (isLong(value)) row.classList.add("long");
  else if (led) row.classList.add("large");
  else if (isTile && lengthOf(value) <= SHORT && value.every(([kind]) => !kind)) row.classList.add("large");
  else if (lengthOf(value) > WIDE) row.classList.add("wide");
  row.append(made("dt", label), told);
  return row;
}

const span = ([kind, text]) => (kind === "key" ? made("small", text, text.length < SHORT ? "key short" : "key") : document.createTextNode(text));

const whole = (value) => value.flatMap((one) => (isLong([one]) ? passage(one) : between(one)));
const between = ([kind, text]) => (text.trim() ? [made("p", text.trim(), kind)] : []);

function passage([kind, text, below]) {
  // What others wrote, whole: in a place of its own, so that none of its lines can be taken for one of ours.
  const shown = made("pre", text, kind === "sms" ? "passage bubble" : "passage");
  shown.tabIndex = 0;
  const notes = below ? [made("p", below, "quiet")] : [];
  if (kind !== "letter" || !asked.sheet.mail || !frameOf) return [shown, ...notes];
  const asText = made("details", "", "as-text");
  asText.append(made("summary", words.as_text), shown);
  const frame = frameOf(asked.sheet.mail);
  frame.className = "mail";
  frame.title = words.mail;
  frame.setAttribute("sandbox", "");
  return [frame, ...notes, asText];
}

function table({ label, headings, rows, left_out: missing }) {
  const whole = made("table", "");
  if (label) whole.append(made("caption", label));
  const head = whole.createTHead().insertRow();
  for (const heading of headings) head.append(Object.assign(made("th", heading), { scope: "col" }));
  const body = whole.createTBody();
  for (const { cells, mark } of rows) {
    const row = body.insertRow();
    row.className = mark;
    for (const value of cells) row.insertCell().append(...value.map(span));
  }
  const numeric = (place) => rows.every(({ cells }) => FIGURE.test(cells[place].map(([, text]) => text).join("")));
  headings.forEach((_, place) => {
    if (numeric(place)) for (const row of whole.rows) row.cells[place].classList.add("figure");
  });
  const block = made("div", "", "block");
  block.append(scrolling(whole, label || headings.join(", ")), ...(missing ? [made("p", missing, "quiet")] : []));
  return block;
}

function say(text, kind = "", next = "", name = "p") {
  // What happened, or what is the matter; and below it what to do next.
  const told = next ? [made("p", next)] : [];
  part("status").replaceChildren(...(text ? [made(name, text), ...told] : []));
  part("status").dataset.kind = kind;
}

function problem(text) {
  part("problem").textContent = text;
  part("typed").setAttribute("aria-invalid", String(Boolean(text)));
  if (text) part("typed").focus();
}

let waits = false; // for what came of an answer
let wasHere = false; // whether the focus was in the form when it was answered
function busy(yes) {
  waits = yes;
  for (const id of ["decline", "typed"]) part(id).disabled = yes;
  weigh();
}

function weigh() {
  // The button does nothing until what has to be typed is typed; the server decides.
  part("approve").disabled = waits || (asked?.expected != null && !matches(asked.expected, part("typed").value));
}

function close(text, kind = "", next = "") {
  part("form").hidden = true;
  part("typed").value = "";
  part("question").classList.add("past");
  say(text, kind || "plain", next, "h1");
  if (!wasHere) return;
  part("status").firstChild.tabIndex = -1;
  part("status").firstChild.focus();
}

const deed = (sentence) => sentence.replace("{deed}", () => asked?.sheet.verb || words.approve);

function onAnswer(give) {
  // Buttons and keys, no form: hosts show cards in sandboxes that do not submit any.
  const answer = (yes) => {
    if (waits || (yes && asked?.barred)) return;
    wasHere = part("form").contains(document.activeElement);
    busy(true);
    problem("");
    give(yes, yes ? part("typed").value : "");
  };
  part("approve").addEventListener("click", () => answer(true));
  part("decline").addEventListener("click", () => answer(false));
  part("typed").addEventListener("input", weigh);
  part("typed").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) answer(true);
  });
}
