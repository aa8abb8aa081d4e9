// The approval card: a question in the conversation, and what came of it.
const MOST_OF_AN_OUTCOME = 4000;
const SUMMARY = 160;
let shown = null;

const planIn = (answer) => textOf(answer).match(/^Plan (pln_[0-9a-f]{24})(?= |$)/m)?.[1];

async function approval(args) {
  const answer = await callTool("approval", args);
  if (answer.isError) return { state: "refused", message: textOf(answer) };
  return answer.structuredContent ?? JSON.parse(textOf(answer));
}

function read(answer) {
  const plan = planIn(answer);
  return plan ? load(plan) : summarize(textOf(answer));
}

function summarize(text) {
  // A call that asks nothing here: what came of it, in its first words; the rest is behind a fold.
  const line = sentences(text);
  part("ask").classList.add("summary");
  say(line.length > SUMMARY ? line.slice(0, SUMMARY).replace(/\S*$/u, "…") : line);
  if (text.trim() !== line) tellMore(text);
}

async function load(plan) {
  say(words.loading);
  try {
    const question = await approval({ plan_id: plan });
    if (question.state === "refused") return summarize(textOf(result)); // it tells where else to answer
    if (question.state !== "open") return close(question.message, "stop", question.next);
    shown = question;
    showQuestion(question);
  } catch {
    close(words.terminal, "stop", `preo-mcp approve ${plan}`);
  }
}

frameOf = (mail) => Object.assign(document.createElement("iframe"), { srcdoc: mail });

onAnswer(async (yes, typed) => {
  const { plan_id, nonce, tool } = shown;
  let reply;
  try {
    reply = await approval({ plan_id, nonce, answer: yes, typed });
  } catch {
    busy(false);
    return say(words.terminal, "stop", `preo-mcp approve ${plan_id}`);
  }
  if (reply.state === "typed") {
    busy(false);
    return problem(`${reply.message} ${reply.next}`);
  }
  if (reply.state === "approved") return carryOut(tool, plan_id);
  if (reply.state !== "declined") return close(reply.message, "stop", reply.next);
  await ended(
    words.declined, "plain", "",
    `${tool} was declined in the approval card (${plan_id}). Nothing was done. Do not repeat the call.`,
  );
});

async function carryOut(tool, plan) {
  const said = `${tool} was approved in the approval card (${plan})`;
  if (!given) return ended(deed(words.approved), "good", words.go_on, `${said}. Make the identical call again to carry it out.`);
  close(deed(words.running), "plain");
  let outcome;
  try {
    outcome = await callTool(tool, given);
  } catch {
    const again = "the card did not learn the outcome. Make the identical call again: it runs at most once.";
    return ended(deed(words.approved), "good", words.go_on, `${said}; ${again}`);
  }
  if (planIn(outcome)) {
    part("question").classList.remove("past");
    await load(planIn(outcome));
    return say(words.changed, "stop");
  }
  const text = textOf(outcome);
  tellMore(text);
  const ending = outcome.isError ? "The call ended with an error" : "It was carried out, so do not repeat the call";
  const [heading, kind] = outcome.isError ? [await whatFailed(plan), "stop"] : [deed(words.done), "good"];
  return ended(heading, kind, outcome.isError ? sentences(text) : "", `${said}. ${ending}:\n${text.slice(0, MOST_OF_AN_OUTCOME)}`);
}

async function whatFailed(plan) {
  // An outcome that nobody knows is not a failure; the plan says which it is.
  const { state, message } = await approval({ plan_id: plan }).catch(() => ({}));
  return state === "unclear" ? message : words.failed;
}

function tellMore(text) {
  // The result as the assistant reads it, behind a fold: it is not for people.
  part("outcome").hidden = !text;
  part("outcome").open = false;
  part("outcome").querySelector("summary").textContent = words.details;
  part("outcome").querySelector("pre").textContent = text.replaceAll(" · ", "\n");
}

async function ended(heading, kind, next, told) {
  // What happened and what to do; and whether the assistant knows, for some hosts do not tell it.
  close(heading, kind, next || words.tells);
  try {
    await request("ui/update-model-context", { content: [{ type: "text", text: told }] });
    if (!next) close(heading, kind, words.told);
  } catch {
    close(heading, kind, [next, words.tell].filter(Boolean).join(" "));
  }
}

connect("preo-approval", read);
