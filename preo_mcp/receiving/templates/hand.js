// An import by hand: what was found of the file, what can be chosen, and what comes of it. Each choice is one call.
const SETTLES_AFTER = 350; // milliseconds after the last choice, so that arrow keys can pass over some
const LOOKS_EVERY = 2000;
const FINAL_STAGES = new Set(["completed", "failed", "cancelled"]);
let view = null; // what was found last
let chosen = new Map(); // what was chosen since, by key
let settling = false;
let timer = 0;

const step = (asked) => way.ask("import", { asked });
const filled = (text, values) => text.replace(/\{(\w+)\}/gu, (place, name) => values[name] ?? place);
const english = (element) => Object.assign(element, { lang: "en" }); // what a tool says, which is English in any language

function hearing(text, kind = "") {
  part("hand-status").textContent = text;
  part("hand-status").dataset.kind = kind;
}

function button(text, act, kind = "") {
  const made_ = Object.assign(made("button", text, kind), { type: "button" });
  made_.addEventListener("click", act);
  return made_;
}

function offerHand(edition) {
  // After a file has arrived: whoever began before goes on there.
  part("offer-note").textContent = words.hand_note;
  part("by-hand").textContent = words.hand;
  part("offer").hidden = false;
  part("by-hand").onclick = () => beginHand("");
  if (edition) beginHand(edition, false);
}

async function beginHand(edition, focus = true) {
  part("offer").hidden = true;
  part("status").hidden = true;
  for (const rows of part("look").querySelectorAll(".table, .quiet")) rows.hidden = true; // the columns tell more
  part("hand").hidden = false;
  part("hand-title").textContent = words.hand_title;
  if (focus) part("hand-title").focus();
  if (edition) await settleNow(edition);
  else await askEdition("");
}

async function attempt(asked, reading) {
  // A step and what it found; null where it came to nothing, which is said.
  hearing(reading);
  part("hand-body").setAttribute("aria-busy", "true");
  try {
    const found = await step(asked);
    if (found.state === "refused" || (found.message && !found.decisions)) {
      hearing([sentences(found.message ?? ""), found.next].filter(Boolean).join(" "), "stop");
      return null;
    }
    hearing("");
    return found;
  } catch {
    hearing(words.unreachable, "stop");
    return null;
  } finally {
    part("hand-body").removeAttribute("aria-busy");
  }
}

async function askEdition(search) {
  const found = await attempt({ do: "editions", search }, words.loading);
  if (!found) return;
  const form = document.createElement("form");
  const finds = Object.assign(document.createElement("input"), { type: "search", id: "edition-search", value: search, autocomplete: "off" });
  form.append(labelled(words.edition_find, finds), Object.assign(made("button", words.find), { type: "submit" }));
  form.className = "finder";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    askEdition(finds.value);
  });
  const list = made("ul", "", "editions");
  for (const { id, name, starts } of found.editions) {
    const item = document.createElement("li");
    const pick = button(name, () => settleNow(id));
    if (starts) pick.append(made("small", new Date(starts).toLocaleDateString(language, { dateStyle: "medium" })));
    item.append(pick);
    list.append(item);
  }
  const heading = made("h2", words.edition_which);
  part("hand-body").replaceChildren(heading, ...(found.total > found.editions.length || search ? [form] : []),
    found.editions.length ? list : made("p", words.edition_none, "quiet"));
  if (search) part("edition-search").focus();
}

function labelled(text, input) {
  const label = made("label", text);
  label.htmlFor = input.id;
  const both = made("div", "", "field");
  both.append(label, input);
  return both;
}

function choose_(key, option) {
  chosen.set(key, option);
  clearTimeout(timer);
  timer = setTimeout(settleNow, SETTLES_AFTER);
}

async function settleNow(edition = "") {
  if (settling) return;
  settling = true;
  clearTimeout(timer);
  const wanted = chosen;
  chosen = new Map();
  const found = await attempt(
    { do: "settle", edition_id: edition, settle: [...wanted].map(([key, option]) => `${key}: ${option}`) },
    edition ? words.hand_reads : words.hand_reckons,
  );
  settling = false;
  if (found) {
    view = found;
    if (found.stage === "importing" || found.stage === "completed") return runs(await step({ do: "progress" }));
    if (found.refused) hearing(sentences(found.refused), "stop");
    else hearing(filled(words.hand_written, { figures: told(found.totals.written) }));
  }
  if (view) drawHand();
  if (chosen.size) settleNow();
}

const saver = () => {
  const answers = made("div", "", "answers");
  answers.append(Object.assign(button(words.hand_rows, saveRows), { id: "save-rows" }));
  return answers;
};

async function saveRows() {
  const found = await attempt({ do: "rows" }, words.loading);
  if (found) await way.save(found.name, found.text);
}

function saved(name, text) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const isSettled = () => {
  // What was chosen last counts first: it is settled, and shown, before anything is started or handed over.
  if (chosen.size) settleNow();
  return !settling;
};

async function handOver() {
  if (!isSettled()) return;
  const found = await attempt({ do: "hand_over" }, words.loading);
  if (!found) return;
  const said = english(Object.assign(made("pre", found.told, "passage"), { tabIndex: 0 }));
  said.setAttribute("aria-label", words.hand_tell);
  const back = button(words.hand_back, () => settleNow());
  const answers = made("div", "", "answers");
  answers.append(back);
  part("hand-body").replaceChildren(made("p", words.hand_tell), said, answers);
  hearing(await way.handOver(found.told), "good");
  part("hand-title").focus();
}

async function start(leaveOut) {
  if (!isSettled()) return;
  // The call waits a while for the answer; meanwhile nothing can be chosen that it would not be about.
  part("hand-body").replaceChildren(made("p", words.hand_waits, "quiet"));
  const found = await attempt({ do: "start", leave_out: leaveOut }, words.hand_asks);
  if (found?.state === "asked") asks(found, leaveOut);
  else if (found) runs(found);
  else drawHand();
}

function asks({ address, where }, leaveOut) {
  // The question is answered on its own page; here it is only seen when that has happened.
  hearing(words.hand_asks);
  const link = made("a", words.hand_question);
  const isOurs = address && new URL(address).origin === location.origin;
  if (isOurs) Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer" });
  let waits = true;
  const answers = made("div", "", "answers");
  answers.append(button(words.hand_back, () => {
    waits = false;
    drawHand();
    hearing("");
  }));
  part("hand-body").replaceChildren(isOurs ? link : english(made("p", sentences(where ?? ""))), made("p", words.hand_waits, "quiet"), answers);
  const look = async () => {
    if (!waits) return undefined;
    const { plan_state: state } = await step({ do: "asked" }).catch(() => ({ plan_state: "open" }));
    if (!waits) return undefined;
    if (state === "open") return setTimeout(look, LOOKS_EVERY);
    if (state === "declined" || state === "gone") {
      drawHand();
      return hearing(words.hand_declined, "stop");
    }
    return start(leaveOut);
  };
  setTimeout(look, LOOKS_EVERY);
}

async function runs(found) {
  for (let now = found; ; ) {
    part("hand-body").replaceChildren(...outcome(now));
    if (now.state !== "running") return hearing(sentences(now.message ?? words.unreachable), "stop");
    if (FINAL_STAGES.has(now.stage)) return hearing(words[`stage_${now.stage}`], now.stage === "completed" ? "good" : "stop");
    hearing(words.stage_importing);
    await wait(LOOKS_EVERY);
    now = await step({ do: "progress" }).catch(() => now);
  }
}
