// The question as the card and the page show it. Whatever comes from outside becomes text, never markup.
"use strict";
const part = (id) => document.getElementById(id);
const words = JSON.parse(part("words").textContent);
const { lang } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang;

function showQuestion(shown) {
  part("who").textContent = words.who;
  part("question").textContent = shown.question;
  const facts = shown.lines.map((line, number) => fact(line, shown.passages[number]));
  part("deciding").replaceChildren(...facts.slice(0, shown.deciding));
  part("facts").replaceChildren(...facts.slice(shown.deciding));
  for (const list of ["deciding", "facts"]) part(list).hidden = !part(list).childElementCount;
  part("to-type").hidden = !shown.typing;
  part("typing").textContent = shown.typing || "";
  part("typed").value = "";
  part("approve").textContent = words.approve;
  part("decline").textContent = words.decline;
  const time = new Date(shown.expires).toLocaleString(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  part("before").textContent = words.before.replace("{time}", () => time);
  for (const id of ["who", "question", "form"]) part(id).hidden = false;
  problem("");
  busy(false);
  say("");
}

function made(name, text, kind = "") {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = kind;
  return element;
}

function fact([label, value], pieces) {
  const row = made("div", "", "fact");
  const told = made("dd", pieces ? "" : value);
  for (const piece of pieces ?? []) told.append(...(typeof piece === "string" ? between(piece) : passage(piece)));
  if (pieces) row.classList.add("long");
  row.append(made("dt", label), told);
  return row;
}

const between = (text) => (text.trim() ? [made("p", text.trim())] : []);

function passage([text, below]) {
  // What others wrote, whole: in a frame of its own, so that none of its lines can be taken for one of ours.
  const whole = made("pre", text, "passage");
  whole.tabIndex = 0;
  return below ? [whole, made("p", below, "quiet")] : [whole];
}

function say(text, kind = "") {
  part("status").textContent = text;
  part("status").dataset.kind = kind;
}

function problem(text) {
  part("problem").textContent = text;
  part("typed").setAttribute("aria-invalid", String(Boolean(text)));
  if (text) part("typed").focus();
}

function busy(yes) {
  for (const id of ["approve", "decline", "typed"]) part(id).disabled = yes;
}

function close(text, kind = "") {
  part("form").hidden = true;
  part("typed").value = "";
  say(text, kind);
}

function onAnswer(give) {
  // Buttons and keys, no form: hosts show cards in sandboxes that do not submit any.
  const answer = (yes) => {
    busy(true);
    problem("");
    give(yes, yes ? part("typed").value : "");
  };
  part("approve").addEventListener("click", () => answer(true));
  part("decline").addEventListener("click", () => answer(false));
  part("typed").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) answer(true);
  });
}
