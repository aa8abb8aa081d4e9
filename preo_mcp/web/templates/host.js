// The host of MCP Apps, as every card speaks with it: JSON-RPC with its window, and with nobody else.
let nextId = 1;
const open = new Map();
let given = null; // the arguments of the call that this card belongs to
let result = null; // what that call answered

const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

function request(method, params) {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    open.set(id, { resolve, reject });
    post({ id, method, params });
  });
}

function connect(name, read, worn = () => {}) {
  // `read` gets what the card's call answered, once; `worn` is told when the host looks otherwise.
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== "2.0") return;
    if (typeof data.method === "string") return heard(data);
    const asked = open.get(data.id);
    open.delete(data.id);
    if (data.error) asked?.reject(new Error(data.error.message));
    else asked?.resolve(data.result);
  });

  function heard({ id, method, params }) {
    if (id !== undefined) return answerHost(id, method);
    // Only the first of each is about the call of this card; hosts may report the card's own calls likewise.
    if (method === "ui/notifications/tool-input") given ??= params?.arguments ?? null;
    if (method === "ui/notifications/tool-result" && !result) read((result = params ?? {}));
    if (method === "ui/notifications/tool-cancelled" && !result) read((result = {}));
    if (method !== "ui/notifications/host-context-changed") return;
    wear(params);
    worn();
  }

  request("ui/initialize", {
    appInfo: { name, version: "1" },
    appCapabilities: { availableDisplayModes: ["inline"] },
    protocolVersion: "2026-01-26",
  }).then((host) => {
    wear(host?.hostContext);
    post({ method: "ui/notifications/initialized" });
    new ResizeObserver(measure).observe(document.documentElement);
  });
}

function answerHost(id, method) {
  if (method === "ping" || method === "ui/resource-teardown") post({ id, result: {} });
  else post({ id, error: { code: -32601, message: "Method not found" } });
}

const LOOKS = /^--(color|font|border|shadow)-[a-z0-9-]+$/u; // the style variables of MCP Apps

function wear(context) {
  const root = document.documentElement;
  if (context?.theme) root.dataset.theme = context.theme;
  for (const [name, value] of Object.entries(context?.styles?.variables ?? {})) {
    if (LOOKS.test(name) && typeof value === "string") root.style.setProperty(name, value);
  }
}

const callTool = (name, args) => request("tools/call", { name, arguments: args });

const textOf = (answer) =>
  (answer?.content ?? []).filter((block) => block.type === "text").map((block) => block.text).join("\n");

function measure() {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  post({ method: "ui/notifications/size-changed", params: { width: window.innerWidth, height } });
}
