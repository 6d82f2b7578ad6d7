/* Winnow, Apache-2.0. Puts a form into a page of yours:
   <script src="https://winnow.example/embed.js" data-form="contact" async></script>
   data-keep: also remembers, for this tab, the page and the advert that somebody came in by (ask for consent first).
   data-theme="dark": on a page whose style doesn't say by color-scheme that it is dark. */
(function () {
  "use strict";
  var me = document.currentScript;
  if (!me || !me.src) return;
  var at = new URL(me.src), code = me.getAttribute("data-form") || "";
  if (!/^[\w-]{1,60}$/.test(code)) { console.error("Winnow: data-form names no form."); return; }
  var base = at.href.replace(/embed\.js.*$/, "");
  var unwanted = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;

  function kept(store, name, value) {
    try {
      if (value === undefined) return window[store].getItem(name) || "";
      window[store].setItem(name, value);
    } catch (error) { /* a browser that keeps nothing: the form works all the same */ }
    return "";
  }

  var asked = new URLSearchParams(location.search), trail = {}, advert = false;
  ["source", "medium", "campaign", "term", "content"].forEach(function (name) {
    var value = asked.get("utm_" + name);
    if (value) { trail["utm_" + name] = value.slice(0, 300); advert = true; }
  });
  trail.referrer = document.referrer.split(/[?#]/)[0].slice(0, 300);
  trail.landing = (location.origin + location.pathname).slice(0, 300);
  if (me.hasAttribute("data-keep") && !unwanted) {
    var earlier = kept("sessionStorage", "winnow.trail");
    try { if (earlier && !advert) trail = JSON.parse(earlier); } catch (error) { /* somebody else's */ }
    kept("sessionStorage", "winnow.trail", JSON.stringify(trail));
  }

  var scheme = getComputedStyle(me.parentNode).colorScheme || "", night = matchMedia("(prefers-color-scheme: dark)").matches;
  var dark = /dark/.test(scheme) && (night || !/light/.test(scheme));
  var theme = me.getAttribute("data-theme") || (dark ? "dark" : "light");

  var said = new URLSearchParams(trail);
  said.set("embed", "1");
  said.set("theme", theme);
  var known = unwanted ? "" : kept("localStorage", "winnow.form");
  if (known) said.set("known", known);
  if (typeof window.winnow === "function") {
    window.winnow("visitor", function (id) { if (id) said.set("visitor", id); });
  }

  var frame = document.createElement("iframe");
  frame.title = me.getAttribute("data-title") || "Form";
  frame.loading = "lazy";
  frame.style.cssText = "display:block;width:100%;border:0;height:30rem;color-scheme:" + theme;
  frame.src = base + "f/" + code + "/?" + said;
  me.parentNode.insertBefore(frame, me.nextSibling);

  window.addEventListener("message", function (event) {
    var what = event.data;
    if (event.source !== frame.contentWindow || event.origin !== at.origin || !what || what.winnow !== 1) return;
    if (what.height > 0) frame.style.height = Math.min(20000, Math.ceil(what.height)) + "px";
    if (typeof what.known === "string" && what.known && !unwanted) kept("localStorage", "winnow.form", what.known);
    if (what.sent) {
      if (frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
      me.dispatchEvent(new CustomEvent("winnow:sent", { bubbles: true, detail: { form: code } }));
    }
  });
})();
