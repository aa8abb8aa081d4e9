// A certified OpenID provider on loopback, whose people sign in and agree by a header: node provider.mjs PORT RESOURCE
import { Provider } from "oidc-provider";

const [port, resource] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const SCOPES = "preo.read preo.write preo.approve";

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "the-page",
      client_secret: "the-secret-of-the-page-is-long-enough",
      redirect_uris: [new URL("/approvals/signed-in", resource).href],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
    {
      client_id: "the-public-page",
      token_endpoint_auth_method: "none",
      redirect_uris: [new URL("/approvals/signed-in", resource).href],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  cookies: { keys: ["a key of the tests"] },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, indicator) => {
        if (indicator !== resource) throw new Error(`unknown resource ${indicator}`);
        return { scope: SCOPES, audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 600 };
      },
    },
  },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_context, interaction) => `/people/${interaction.uid}` },
  pkce: { required: () => true },
  scopes: ["openid", "offline_access", ...SCOPES.split(" ")],
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, AuthorizationCode: 60 },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith("/people/")) return next();
  const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
  if (prompt.name === "login") {
    const result = { login: { accountId: context.get("x-person") } };
    return provider.interactionFinished(context.req, context.res, result);
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(`openid ${SCOPES}`);
  grant.addResourceScope(resource, params.scope ?? SCOPES);
  const consent = { consent: { grantId: await grant.save() } };
  return provider.interactionFinished(context.req, context.res, consent, { mergeWithLastSubmission: true });
});

provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));
