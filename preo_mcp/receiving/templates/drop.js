// A file from the person to the server in pieces, as card and page do it; each has its own `way` there.
const TRIES = 6; // of one step, when the connection fails, or a server has too much to do
const PAUSE = 300; // milliseconds before the second try; each further one waits twice as long
const MEGABYTE = 1024 * 1024;
let way = null; // { piece, next, ask(action, args, blob), arrived(shown) }
let current = null; // the file that is on its way
let stopped = true;

const megabytes = (bytes) => (bytes / MEGABYTE).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const sizeOf = (bytes) => {
  const [unit, of, digits] = bytes < MEGABYTE ? ["kilobyte", 1024, 0] : ["megabyte", MEGABYTE, 1];
  return Math.max(bytes / of, bytes && 1).toLocaleString(language, { style: "unit", unit, maximumFractionDigits: digits });
};
const wait = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

function say(text, kind = "", next = "", name = "p") {
  part("status").replaceChildren(...(text ? [made(name, text), ...(next ? [made("p", next)] : [])] : []));
  part("status").dataset.kind = kind;
}

function note(text) {
  part("status").lastChild.textContent = text;
}

function problem(text) {
  part("problem").textContent = text;
}

function begin(to) {
  way = to;
  for (const [id, key] of [["title", "title"], ["here", "here"], ["invite", "zone"], ["choose", "choose"], ["large", "large"], ["stop", "stop"], ["on", "go_on"]]) {
    part(id).textContent = words[key];
  }
  part("file").setAttribute("aria-label", `${words.title} ${words.choose}`);
  say(words.loading);
}

function offer() {
  // The place for a file; what is on its way already can go on with the same file.
  say("");
  part("title").hidden = false;
  part("choosing").hidden = false;
  part("sending").hidden = true;
}

function show(shown) {
  if (shown.state === "complete") return arrived(shown);
  if (shown.state !== "waiting" && shown.state !== "receiving") return over(shown);
  offer();
  if (shown.state === "receiving") say(words.interrupted, "", words.interrupted_next);
}

function over({ message, next }) {
  stopped = true;
  for (const id of ["title", "choosing", "sending"]) part(id).hidden = true;
  problem("");
  say(message ? sentences(message) : words.unreachable, "stop", next || (message ? "" : words.unreachable_next), "h1");
}

const FINAL = new Set(["gone", "secret", "complete_before", "private"]);

function refused({ state, message, next }) {
  // What another file can put right leaves the place for one.
  if (FINAL.has(state) || !message) return over({ message, next });
  stopped = true;
  offer();
  problem(`${message} ${next}`);
  part("file").focus();
}

async function asked(action, args, blob) {
  // A step, again where the connection failed: the server takes a repeated piece for the one it has.
  for (let tried = 1; ; tried += 1) {
    try {
      return await way.ask(action, args, blob);
    } catch (failure) {
      if (tried === TRIES || stopped) throw failure;
      await wait(PAUSE * 2 ** (tried - 1));
    }
  }
}

async function send(file) {
  current = file;
  stopped = false;
  problem("");
  say("");
  for (const id of ["title", "choosing"]) part(id).hidden = true;
  part("sending").hidden = false;
  part("on").hidden = true;
  part("stop").hidden = false;
  part("what").textContent = file.name;
  part("bar").max = file.size || 1;
  tell(0);
  say(words.sending);
  if (document.activeElement === document.body || document.activeElement === part("file")) part("stop").focus();
  try {
    await sent(file);
  } catch {
    if (!stopped) paused(words.interrupted);
  }
}

async function sent(file) {
  const started = await asked("start", { name: file.name, size: file.size, mark: String(file.lastModified) });
  if (started.state !== "receiving") return refused(started);
  let { received } = started;
  tell(received);
  while (received < file.size) {
    const piece = file.slice(received, received + way.piece);
    const answer = await asked("piece", { offset: received }, piece);
    if (stopped) return;
    if (!["receiving", "gap", "overlap"].includes(answer.state)) return refused(answer);
    received = answer.received; // also where another piece was due
    tell(received);
  }
  say(words.reading);
  part("stop").hidden = true;
  const done = await asked("finish", {});
  if (done.state === "complete") arrived(done);
  else refused(done);
}

function tell(received) {
  part("bar").value = received;
  part("far").textContent = words.megabytes.replace("{done}", () => megabytes(received)).replace("{whole}", () => megabytes(part("bar").max));
}

function paused(text) {
  stopped = true;
  say(text, "stop", words.interrupted_next);
  for (const id of ["title", "choosing"]) part(id).hidden = false;
  part("stop").hidden = true;
  part("on").hidden = false;
  part("on").focus();
}

function arrived(shown) {
  stopped = true;
  current = null;
  for (const id of ["title", "choosing", "sending"]) part(id).hidden = true;
  problem("");
  say(words.arrived, "good", way.next, "h1");
  part("look").replaceChildren(...looked(shown));
  part("look").hidden = false;
  part("status").firstChild.tabIndex = -1;
  part("status").firstChild.focus();
  way.arrived(shown);
  if (typeof shown.by_hand === "string") offerHand(shown.by_hand);
}

function looked({ name, size, look }) {
  const facts = [[words.size, sizeOf(size)]];
  if (look.service) facts.push([words.service, look.service]);
  if (look.sheet) facts.push([words.sheet, look.sheet]);
  if (look.columns.length) facts.push([words.columns, String(look.columns.length + look.more)]);
  const list = made("dl", "", "tiles");
  for (const [label, value] of facts) {
    const row = made("div", "", "fact");
    row.append(made("dt", label), made("dd", value));
    list.append(row);
  }
  const parts = [made("p", name, "named"), list];
  if (!look.columns.length) return look.no_table ? [...parts, made("p", words.no_table, "quiet")] : parts;
  return [...parts, firstRows(look), ...(look.more ? [made("p", words.more_columns.replace("{number}", () => look.more), "quiet")] : [])];
}

function firstRows({ columns }) {
  const table = made("table", "");
  table.append(made("caption", words.first_rows));
  const head = table.createTHead().insertRow();
  for (const { heading } of columns) head.append(Object.assign(made("th", heading), { scope: "col" }));
  const body = table.createTBody();
  for (let at = 0; at < Math.max(...columns.map(({ first }) => first.length)); at += 1) {
    const row = body.insertRow();
    for (const { first } of columns) row.insertCell().textContent = first[at] ?? "";
  }
  return scrolling(table, words.first_rows);
}

function choose(files) {
  if (!stopped) return;
  if (files.length > 1) return problem(words.one);
  if (files.length === 1) send(files[0]);
}

part("file").addEventListener("change", () => {
  choose([...part("file").files]);
  part("file").value = "";
});
part("stop").addEventListener("click", () => paused(words.stopped));
part("on").addEventListener("click", () => send(current));
// The whole window takes a file, so that one that falls beside the place is not opened by the browser instead.
window.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.toggle("over", !part("choosing").hidden);
});
window.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
window.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  const isFolder = [...event.dataTransfer.items].some((one) => one.webkitGetAsEntry?.()?.isDirectory);
  if (part("choosing").hidden) return;
  if (isFolder) problem(words.one);
  else choose([...event.dataTransfer.files]);
});
