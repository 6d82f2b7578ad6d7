// On the page of a form: says that it was shown and begun, and which question was touched last (never what was typed);
// inside a frame it tells the page outside how high it is. Without script the form works all the same.
"use strict";
(() => {
  const framed = window.parent !== window;
  // What is told outside is no secret: a height, that something was sent, and a sealed note without any answer in it.
  const tell = (what) => framed && window.parent.postMessage({ winnow: 1, ...what }, "*");
  if (framed) {
    const main = document.getElementById("main");
    const measure = () => tell({ height: Math.ceil(main.getBoundingClientRect().bottom + window.scrollY) + 8 });
    new ResizeObserver(measure).observe(main);
    measure();
  }
  const thanks = document.querySelector("[data-sent]");
  if (thanks) tell({ sent: true, known: thanks.dataset.known || "" });

  const form = document.querySelector("form[data-visit]");
  const shown = form && form.elements.shown && form.elements.shown.value;
  if (!shown) return;
  const touched = new Set();
  let last = "", told = "", going = false;

  const send = () => {
    const said = new URLSearchParams({ shown, touched: [...touched].join(","), last });
    if (navigator.webdriver) said.set("driven", "1");
    told = said.toString();
    navigator.sendBeacon(form.dataset.visit, said);
  };
  const seen = () => {
    if (document.prerendering) { document.addEventListener("prerenderingchange", seen, { once: true }); return; }
    if (document.visibilityState !== "visible") { document.addEventListener("visibilitychange", seen, { once: true }); return; }
    if (!told) send();
  };
  seen();
  form.addEventListener("input", (event) => {
    const name = event.target.name;
    if (!name || event.target.type === "hidden" || event.target.closest(".trap")) return;
    const first = touched.size === 0;
    touched.add(name);
    last = name;
    if (first) send();
  });
  form.addEventListener("submit", () => { going = true; });
  const leaving = () => {
    if (going || !touched.size) return;
    const said = new URLSearchParams({ shown, touched: [...touched].join(","), last });
    if (navigator.webdriver) said.set("driven", "1");
    if (said.toString() !== told) send();
  };
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leaving(); });
  window.addEventListener("pagehide", leaving);
})();
