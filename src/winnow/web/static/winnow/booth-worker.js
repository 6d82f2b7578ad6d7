// Keeps the booth's pages on the tablet: pages from the network while there is one, else as they were kept.
const KEPT = "winnow-booth", PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const networkFirst = async (request) => {
  const cache = await caches.open(KEPT), kept = await cache.match(request, { ignoreSearch: true });
  const fresh = fetch(request).then((answer) => {
    if (answer.ok && answer.type === "basic") cache.put(request, answer.clone());
    return answer.ok || !kept ? answer : kept;  // an address that was ended still shows what waits on the tablet
  });
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fresh, late]).catch(() => kept);
};

const keptFirst = async (request) => {
  const cache = await caches.open(KEPT), kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event, place = new URL(request.url);
  if (request.method !== "GET" || place.origin !== self.location.origin) return;
  if (place.pathname.startsWith("/static/")) event.respondWith(keptFirst(request));
  else if (place.pathname.startsWith("/booth/")) event.respondWith(networkFirst(request));
});
