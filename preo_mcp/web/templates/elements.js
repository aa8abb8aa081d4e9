// What every script here begins with. Whatever comes from outside becomes text, never markup.
"use strict";
const part = (id) => document.getElementById(id);
const words = JSON.parse(part("words").textContent);
const { lang } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang;

function made(name, text, kind = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

function scrolling(table, label) {
  // A table in a place of its own, which scrolls, also by keyboard.
  const scrolls = made("div", "", "table");
  Object.assign(scrolls, { tabIndex: 0, role: "region" });
  scrolls.setAttribute("aria-label", label);
  scrolls.append(table);
  return scrolls;
}

// The first line of what the server says (what · why · what next) as a person reads it.
const sentences = (text) => text.trim().split("\n", 1)[0].split(" · ").map(sentence).join(" ");
const sentence = (text) => text.replace(/^\p{L}/u, (first) => first.toUpperCase()).replace(/[^.!?…:]$/u, "$&.");
