// The page: its secret came behind the # of the address, goes out of sight at once, and is good for one opening.
// For one of a team who is signed in there is none, but a token that no other page has.
const { plan, token } = document.documentElement.dataset;
const kept = `preo:${plan}`; // of this tab and this port only, so that reloading shows the question again
let secret = location.hash.slice(1) || sessionStorage.getItem(kept) || "";
history.replaceState(null, "", location.pathname);

async function post(path, body) {
  const response = await fetch(`${location.pathname}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, token }),
    redirect: "error",
  });
  return response.json();
}

function keep(nonce, again) {
  secret = nonce;
  if (again) sessionStorage.setItem(kept, again);
  else sessionStorage.removeItem(kept);
}

function ended({ state, message, next }) {
  keep("", "");
  if (state === "approved") close(deed(words.approved), "good", words.page_go_on);
  else if (state === "declined") close(words.declined, "plain", words.page_close);
  else close(sentences(message), "stop", next);
}

function unreachable() {
  busy(false);
  say(words.terminal, "stop", token ? "" : `preo-mcp approve ${plan}`);
}

frameOf = (mail) => Object.assign(document.createElement("iframe"), { src: `${location.pathname}/mail/${mail}` });

onAnswer(async (yes, typed) => {
  try {
    const result = await post("answer", { nonce: secret, answer: yes, typed });
    if (result.state !== "typed") return ended(result);
    busy(false);
    problem(`${result.message} ${result.next}`);
  } catch {
    unreachable();
  }
});

post("show", { secret }).then((result) => {
  if (result.state !== "open") return ended(result);
  keep(result.nonce, result.again);
  showQuestion(result);
  document.title = result.question;
  part("question").focus();
}).catch(unreachable);
