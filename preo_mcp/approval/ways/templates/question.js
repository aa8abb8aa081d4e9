// The question as the card and the page show it. Whatever comes from outside becomes text, never markup.
"use strict";
const part = (id) => document.getElementById(id);
const words = JSON.parse(part("words").textContent);
const language = document.documentElement.lang;

function showQuestion(shown) {
  part("who").textContent = words.who;
  part("question").textContent = shown.question;
  part("facts").replaceChildren(...shown.lines.map(fact));
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

function fact([label, value]) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const told = document.createElement("dd");
  row.className = "fact";
  term.textContent = label;
  told.textContent = value;
  row.append(term, told);
  return row;
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
