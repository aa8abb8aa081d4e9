// A host of MCP Apps on the official AppBridge: the card in a sandboxed frame, its calls passed on, what it tells kept.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

window.seen = { context: [], calls: [], sizes: [], app: null };

window.startHost = async ({ tool, theme, variables, given, width }) => {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = `width: ${width}px; height: 80px; border: 0; display: block`;
  document.body.append(frame);
  const call = async (name, args, from) => {
    const response = await fetch("/call", { method: "POST", body: JSON.stringify({ name, arguments: args, from }) });
    return response.json();
  };
  const host = { name: "official", version: "1" };
  const able = { openLinks: {}, serverTools: {}, updateModelContext: { text: {} }, logging: {} };
  const hostContext = {
    theme, displayMode: "inline", locale: "en", platform: "desktop", styles: { variables },
    containerDimensions: { width, maxHeight: 4000 },
  };
  const bridge = new AppBridge(null, host, able, { hostContext });
  bridge.oncalltool = async ({ name, arguments: args }) => {
    window.seen.calls.push(name);
    return call(name, args, "app");
  };
  bridge.onupdatemodelcontext = async (told) => {
    window.seen.context.push(told);
    return {};
  };
  bridge.addEventListener("sizechange", ({ height }) => {
    window.seen.sizes.push(height);
    if (height) frame.style.height = `${height}px`;
  });
  const ready = new Promise((done) => bridge.addEventListener("initialized", done));
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.src = "/card?policy";
  await ready;
  window.seen.app = bridge.getAppVersion();
  await bridge.sendToolInput({ arguments: given });
  await bridge.sendToolResult(await call(tool, given, "model"));
  window.bridge = bridge;
};
