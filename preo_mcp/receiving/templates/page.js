// The page: its secret came behind the # of the address, goes out of sight at once, and is good for one opening.
const kept = `preo:${location.pathname}`; // of this tab and this port only, so that reloading goes on
let secret = location.hash.slice(1) || sessionStorage.getItem(kept) || "";
history.replaceState(null, "", location.pathname);

async function ask(action, args, blob) {
  const headers = blob
    ? { "Content-Type": "application/octet-stream", "X-Upload-Secret": secret }
    : { "Content-Type": "application/json" };
  const query = blob ? `?offset=${args.offset}` : "";
  const response = await fetch(`${location.pathname}/${action}${query}`, {
    method: "POST",
    headers,
    body: blob ?? JSON.stringify({ secret, ...args }),
    redirect: "error",
  });
  return response.json();
}

begin({ piece: 1024 * 1024, next: words.page_go_on, ask, arrived: () => {}, starts: true, save: saved, handOver: () => "" });
document.title = words.title;
ask("show", {}).then((shown) => {
  if (shown.session) {
    secret = shown.session;
    sessionStorage.setItem(kept, secret);
  }
  show(shown);
  if (!part("title").hidden) part("title").focus();
}).catch(() => over({}));
