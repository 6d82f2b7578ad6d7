// Forms: sent once; typed into as soon as they open; and while one is open the page's own letters wait.
(() => {
  const all = (css, from = document) => [...from.querySelectorAll(css)], shown = (element) => element.getClientRects().length > 0;
  const FIELD = 'input:not([type="hidden"]), select, textarea';
  const opened = () => all('form.act [data-key="Escape"]').filter(shown).pop()?.closest("form.act");

  // Pressed twice in haste it is sent once; what came to nothing can be sent again
  const busy = (form, on) => { form.toggleAttribute("data-sent", on); all("button", form).forEach((button) => (on ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy"))); };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return event.stopImmediatePropagation(); }
    busy(form, true);
    setTimeout(() => busy(form, false), form.hasAttribute("hx-post") ? 30000 : 4000);
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form.matches?.("form[data-sent]") && !event.detail.xhr?.getResponseHeader("HX-Redirect")) busy(form, false);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => busy(form, false)));

  // One that comes back starts at what is wrong
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.closest?.("form.act") ?? event.target.querySelector?.("form.act:not(.promise-form)");
    if (!form) return;
    document.getElementById("why")?.remove(); // why another button is blocked has been read
    const fields = all(FIELD, form).filter(shown);
    const first = fields.find((field) => field.closest('[aria-invalid="true"]')) ?? fields[0];
    (fields.find((field) => field.type === "radio" && field.name === first?.name && field.checked) ?? first)?.focus();
  });

  // An answer that is typed must not decide about somebody: N in a form is no "Nurture"
  document.addEventListener("keydown", (event) => {
    const form = opened();
    if (!form || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const writing = event.target.closest?.('input:not([type="checkbox"], [type="radio"]), select, textarea');
    if (writing && event.key === "Escape") return writing.blur();
    if (writing || event.key === "?") return;
    const key = event.key.toLowerCase(), own = [...all("[data-key]", form), ...all("#toasts [data-key]")];
    if (!own.some((element) => element.dataset.key.toLowerCase() === key)) event.stopImmediatePropagation();
  }, true);
})();
