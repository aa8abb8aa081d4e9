// The official client in TypeScript signs in with PKCE, and tells what it is offered, and what came of a call:
// node client.mjs URL PERSON [TOOL ARGUMENTS]
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, person, tool, given] = process.argv.slice(2);
const CALLBACK = "http://localhost:8090/callback";

/** Goes where a browser would, with its cookies, until the client's own address comes up; returns the code. */
async function signIn(start) {
  const jar = new Map();
  let at = start;
  for (let step = 0; step < 20; step++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(at, { redirect: "manual", headers: { cookie, "x-person": person } });
    for (const set of answer.headers.getSetCookie()) {
      const [name, value] = set.split(";")[0].split("=");
      jar.set(name, value);
    }
    if (!answer.headers.has("location")) throw new Error(`${answer.status} at ${at}: ${await answer.text()}`);
    at = new URL(answer.headers.get("location"), at);
    if (at.href.startsWith(CALLBACK)) return at.searchParams;
  }
  throw new Error("redirected without end");
}

const kept = {};
let asked;
const provider = {
  redirectUrl: CALLBACK,
  clientMetadata: {
    client_name: "a test",
    redirect_uris: [CALLBACK],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  redirectToAuthorization: (address) => void (asked = address),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
};

async function connected() {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  const client = new Client({ name: "a test", version: "1" });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const back = await signIn(asked);
    if (!back.has("code")) throw new Error(`not signed in: ${back}`);
    await transport.finishAuth(back.get("code"));
    return connected();
  }
  return client;
}

const client = await connected();
const { tools } = await client.listTools();
const editions = await client.callTool({ name: "list_editions", arguments: {} });
const called = tool && (await client.callTool({ name: tool, arguments: JSON.parse(given) }));
await client.close();
console.log(
  JSON.stringify({
    tools: tools.map((tool) => tool.name),
    failed: editions.isError ?? false,
    called: called && { failed: called.isError ?? false, text: called.content[0].text },
    challenge: asked.searchParams.get("code_challenge_method"),
    resource: asked.searchParams.get("resource"),
    scope: asked.searchParams.get("scope"),
  }),
);
