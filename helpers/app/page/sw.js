// Keeps the page's files, so that it works without a network. A new version, which is another
// `files.js`, is taken whole or not at all.

/* global FILES, VERSION */

importScripts("files.js");
const KEPT = `face-page-${VERSION}`;

async function install() {
  const place = await caches.open(KEPT);
  for (const [name, integrity] of Object.entries(FILES)) {
    await place.add(new Request(name, { integrity, cache: "no-cache" })); // or it throws
  }
  await place.add(new Request("files.js", { cache: "no-cache" }));
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("face-page-") && name !== KEPT) await caches.delete(name);
  }
  await self.clients.claim();
}

async function answer(request, name) {
  const place = await caches.open(KEPT);
  return (await place.match(name)) ?? fetch(request);
}

self.oninstall = (event) => event.waitUntil(install());
self.onactivate = (event) => event.waitUntil(activate());
self.onfetch = (event) => {
  const { origin, pathname } = new URL(event.request.url), scope = new URL(registration.scope);
  if (origin !== scope.origin || event.request.method !== "GET") return;
  const name = pathname.slice(scope.pathname.length) || "index.html";
  if (name in FILES || name === "files.js") event.respondWith(answer(event.request, name));
};
