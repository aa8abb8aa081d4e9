// The card: the code in its call's result opens the upload, once; every further step needs what it was exchanged for.
let upload = "";
let secret = "";

async function ask(action, args, blob) {
  const piece = blob && { piece: await inBase64(blob) };
  const answer = await callTool("upload", { action, upload, secret, ...args, ...piece });
  if (answer.isError) return { state: "refused", message: textOf(answer) };
  return answer.structuredContent ?? JSON.parse(textOf(answer));
}

async function inBase64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(""));
}

async function hasTold(text) {
  try {
    await request("ui/update-model-context", { content: [{ type: "text", text }] });
    return true;
  } catch {
    return false;
  }
}

async function save(name, text) {
  // The host saves it, where it can; a card may be in a frame that saves nothing itself.
  const resource = { uri: `file:///${encodeURIComponent(name)}`, mimeType: "text/csv", text };
  const kept = await request("ui/download-file", { contents: [{ type: "resource", resource }] }).catch(() => ({ isError: true }));
  if (kept?.isError) saved(name, text);
}

async function tellAssistant(shown) {
  const said = `The user has put in the file that receive_file asked for: ${shown.upload}. Call receive_file with upload=${shown.upload}.`;
  note(await hasTold(said) ? words.told : words.tell);
}

async function read(answer) {
  const text = textOf(answer);
  upload = text.match(/upl_[0-9a-f]{24}/u)?.[0] ?? "";
  secret = text.match(/\(The card opens with (\S+)\.\)/u)?.[1] ?? "";
  if (!secret) {
    part("drop").classList.add("summary");
    return say(sentences(text).slice(0, 160)); // a call that asks for nothing here, such as one that tells what came
  }
  try {
    const shown = await ask("show", {});
    secret = shown.session ?? "";
    show(shown);
  } catch {
    over({});
  }
}

begin({ piece: 384 * 1024, next: words.tells, ask, arrived: tellAssistant, starts: false, save, handOver: async (text) => (await hasTold(text) ? words.told : words.tell) });
connect("preo-upload", read);
