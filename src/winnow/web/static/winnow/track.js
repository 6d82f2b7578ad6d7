/* Winnow, Apache-2.0. Tells which pages of yours are looked at and which files are taken; see docs/tracking.md.
   <script src="https://winnow.example/track.js" data-consent="ask" defer></script>
   data-consent="ask": nothing is sent or stored until winnow("consent", true).   data-domain: one visitor across your
   subdomains.   data-days: how long the number is kept. Do Not Track and Global Privacy Control are heard. */
(() => {
  "use strict";
  const me = document.currentScript, N = navigator, said = me.dataset;
  const base = me.src.replace(/track\.js.*$/, ""), origin = new URL(base).origin, NAME = "winnow_visitor";
  const refused = N.globalPrivacyControl || [N.doNotTrack, window.doNotTrack].includes("1");
  const waiting = (window.winnow && window.winnow.q) || [];
  let allowed = !refused && said.consent !== "ask", last = "", id = "";

  const cookie = (value, days) => {
    document.cookie = NAME + "=" + value + ";path=/;max-age=" + days * 86400 + ";SameSite=Lax"
      + (location.protocol === "https:" ? ";Secure" : "") + (said.domain ? ";domain=" + said.domain : "");
  };
  const visitor = () => {
    if (!allowed) return "";
    if (!id) {
      id = (document.cookie.match(/(?:^|; )winnow_visitor=([0-9a-f]{32})/) || [])[1]
        || [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
      cookie(id, Number(said.days) || 180);
    }
    return id;
  };
  const send = (kind, url, content) => {
    if (!allowed) return;
    const text = JSON.stringify({
      v: visitor(), k: kind, u: url, p: location.origin + location.pathname, c: content || "",
      r: document.referrer.split(/[?#]/)[0], m: new URLSearchParams(location.search).get("utm_campaign") || "",
      w: N.webdriver ? 1 : 0,
    });
    const blob = new Blob([text], { type: "text/plain" });
    if (!(N.sendBeacon && N.sendBeacon(base + "t/", blob))) {
      fetch(base + "t/", { method: "POST", body: blob, mode: "no-cors", credentials: "omit", keepalive: true }).catch(() => 0);
    }
  };
  const plain = (url) => url.split(/[?#]/)[0];
  // A form of ours in a frame is told who looks at it: at once, and when it says how high it is.
  const tell = () => visitor() && document.querySelectorAll("iframe").forEach((frame) => {
    if (frame.src.startsWith(base + "f/")) frame.contentWindow.postMessage({ winnow: 1, visitor: id }, origin);
  });
  const page = () => {
    const here = location.origin + location.pathname;
    if (!allowed || here === last) return;
    last = here;
    send("page", here, said.content);
  };
  // A page is looked at once it is seen: not one that was opened in the background or fetched ahead.
  const seen = () => {
    if (document.prerendering) document.addEventListener("prerenderingchange", seen, { once: true });
    else if (document.visibilityState === "hidden") document.addEventListener("visibilitychange", seen, { once: true });
    else page();
  };

  window.winnow = (what, value) => {
    if (what === "consent") {
      allowed = Boolean(value) && !refused;
      if (allowed) { seen(); tell(); }
      else { id = last = ""; cookie("", 0); }
    } else if (what === "visitor") {
      if (typeof value === "function") value(visitor());
      return visitor();
    } else if (what === "page") { last = ""; seen(); }
    else if (what === "download") send("download", plain(new URL(value, location.href).href));
  };
  waiting.forEach((one) => window.winnow(...one));

  const FILES = /\.(pdf|docx?|xlsx?|pptx?|odt|ods|odp|csv|zip|epub|mp3|mp4|webm|dwg|dxf|step|stp)$/i;
  const followed = (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || !/^https?:$/.test(link.protocol)) return;
    if (link.href.startsWith(base + "f/") && visitor() && !link.search.includes("visitor=")) {
      link.search += (link.search ? "&" : "?") + "visitor=" + id;
    } else if (FILES.test(link.pathname) || link.hasAttribute("download") || link.dataset.winnowContent) {
      send("download", plain(link.href), link.dataset.winnowContent);
    }
  };
  document.addEventListener("click", followed, true);
  document.addEventListener("auxclick", followed, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.action || !String(form.action).startsWith(base + "f/") || !visitor()) return;
    const field = form.elements.visitor || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "visitor" }));
    field.value = id;
  }, true);
  window.addEventListener("message", (event) => {
    if (event.data && event.data.winnow === 1 && event.origin === origin) tell();
  });
  for (const name of ["pushState", "replaceState"]) {
    const own = history[name];
    history[name] = function (...all) { const done = own.apply(this, all); seen(); return done; };
  }
  window.addEventListener("popstate", seen);
  seen();
})();
