// What all reports have: a title, where the thing stands, when this was so, and another look.
const SHARE = /^[\d.,]+\s?%$/u;
const MOST_ROWS = 200; // rows of one table that are shown; of the rest, how many they are
const numbers = new Intl.NumberFormat(language);
const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const fewest = Number(document.documentElement.dataset.masked ?? 0); // what smaller counts of people are shown as
const number = (value) => (typeof value === "number" ? numbers.format(value) : words.unknown);
const percent = (share) => percents.format(share);
const filled = (text, values) => text.replace(/\{(\w+)\}/gu, (place, name) => values[name] ?? place);
const time = (value, options = { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }) =>
  (Number.isNaN(new Date(value ?? NaN).getTime()) ? value ?? words.unknown : new Date(value).toLocaleString(language, options));
const worded = (key, plain = key) => (Object.hasOwn(words, key) ? words[key] : plain); // what has no words stands as it is
const counts = (line) => // `no_consent 271, no_address 3`, as tools tell counts by reason
  [...String(line ?? "").matchAll(/([^,]+?) (\d+)(?:, |$)/gu)].map(([, why, count]) => [why.trim(), Number(count)]);

async function ask(tool, args) {
  if (!args) throw new Error(""); // a host that keeps a call's arguments from its card
  const answer = await callTool(tool, args).catch(() => null); // of a host that lets no card call tools
  if (answer?.isError) throw new Error(textOf(answer));
  if (!answer?.structuredContent) throw new Error("");
  return answer.structuredContent;
}

function report(name, find, draw, worn) {
  // `find` gets what the card's call found, where the host lets the card see it, and returns what `draw` shows.
  async function load(found) {
    part("again").disabled = true;
    if (!part("content").firstChild) tell(words.loading);
    try {
      const content = await find(found);
      draw(content);
      tell("");
      part("as-of").textContent = filled(words.as_of, { time: time(content.as_of ?? new Date().toISOString()) });
      document.querySelector("footer").hidden = false;
    } catch (problem) {
      failed(problem);
      if (!part("content").firstChild) part("content").append(...asText());
    }
    part("again").disabled = false;
  }
  const notes = ["sandbox", "masked"].filter((name) => name in document.documentElement.dataset).map((name) => words[name]);
  part("account").textContent = notes.join(" · ");
  part("account").hidden = !notes.length;
  part("title").textContent = words.report;
  part("again").textContent = words.again;
  part("again").hidden = true;
  part("again").addEventListener("click", () => load());
  connect(name, (answer) => {
    part("again").hidden = !given;
    if (answer.isError || !answer.content) return tell(sentences(textOf(answer)) || words.not_loaded, "stop");
    load(answer.structuredContent);
  }, worn);
}

function tell(text, kind = "plain") {
  part("status").replaceChildren(...(text ? [made("p", text)] : []));
  part("status").dataset.kind = kind;
}

const failed = ({ message }) => tell(message ? sentences(message) : words.not_loaded, "stop");

function asText() {
  // What the tool has told the model, where nothing else can be shown.
  const text = textOf(result);
  return text ? [english(Object.assign(made("pre", text, "passage"), { tabIndex: 0 }))] : [];
}

function headed(title, state, ...more) {
  // `state` is words, or an element with them.
  part("title").textContent = title;
  part("state").replaceChildren(...(state ? [state] : []), ...more.filter(Boolean).map((one) => ` · ${one}`));
}

const english = (element) => Object.assign(element, { lang: "en" }); // what a tool says, which is English in any language

function facts(rows) {
  const list = made("dl", "", "facts");
  for (const [label, value] of rows) {
    if (value === undefined || value === null || value === "") continue;
    const row = made("div", "", "fact");
    const told = made("dd", "");
    told.append(...[value].flat());
    row.append(made("dt", label), told);
    list.append(row);
  }
  return list.firstChild ? [list] : [];
}

function table(caption, headings, rows, total = rows.length) {
  // Rows of texts, numbers and lists of lines; a number stands at the end of its column. Of `total` rows some are given.
  if (!rows.length) return [];
  const whole = made("table", "");
  whole.append(made("caption", caption));
  const head = whole.createTHead().insertRow();
  for (const heading of headings) head.append(Object.assign(made("th", heading), { scope: "col" }));
  const body = whole.createTBody();
  for (const cells of rows.slice(0, MOST_ROWS)) {
    const row = body.insertRow();
    for (const cell of cells) row.append(cellOf(cell));
  }
  headings.forEach((_, place) => {
    if (!rows.every((cells) => typeof cells[place] === "number" || SHARE.test(cells[place]))) return;
    for (const row of whole.rows) row.cells[place].classList.add("figure");
  });
  const block = made("div", "", "block");
  const more = total - body.rows.length;
  block.append(scrolling(whole, caption));
  if (more > 0) block.append(made("p", filled(words.left_out, { number: number(more) }), "quiet"));
  return [block];
}

function cellOf(value) {
  if (!Array.isArray(value)) return made("td", typeof value === "number" ? number(value) : value ?? words.unknown);
  const cell = made("td", "");
  cell.append(...value.filter(Boolean).map((line) => made("p", line)));
  return cell;
}
