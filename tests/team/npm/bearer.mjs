// The official client in TypeScript makes one call with a bearer, and prints the result:
// node bearer.mjs URL BEARER TOOL ARGUMENTS
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, bearer, name, given] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${bearer}` };
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
const client = new Client({ name: "a test", version: "1" });
await client.connect(transport);
console.log(JSON.stringify(await client.callTool({ name, arguments: JSON.parse(given) })));
await transport.terminateSession();
await client.close();
