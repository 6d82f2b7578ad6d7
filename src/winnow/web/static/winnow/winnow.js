// Winnow's own script: theme, keys, toasts, and what htmx needs. Every page works without it, only slower.
(() => {
  const root = document.documentElement, one = (css, from = document) => from.querySelector(css), all = (css, from = document) => [...from.querySelectorAll(css)];
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* not kept, still in force on this page */ } };
  const make = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);
  const csrf = () => one('meta[name="csrf-token"]')?.content ?? "";
  const clock = () => new Date().toTimeString().slice(0, 5);

  // Theme
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-switch]");
    if (button) keep("theme", root.dataset.theme = dark() ? "light" : "dark");
  });

  // Toasts: what was done, and the way back
  const away = (toast, after) => {
    let left = setTimeout(() => toast.remove(), after);
    toast.addEventListener("pointerenter", () => clearTimeout(left));
    toast.addEventListener("focusin", () => clearTimeout(left));
    toast.addEventListener("pointerleave", () => { left = setTimeout(() => toast.remove(), after); });
  };
  const tell = (text, { undo = "", late = false } = {}) => {
    const region = one("#toasts");
    if (!region) return;
    const toast = make("div", "", { className: late ? "toast late" : "toast" });
    toast.append(make("span", text));
    if (undo) {
      const form = make("form", "", { method: "post", action: undo }), button = make("button", "Undo");
      form.append(make("input", "", { type: "hidden", name: "csrfmiddlewaretoken", value: csrf() }), button, make("kbd", "Z"));
      button.dataset.key = "z";
      toast.append(form);
    }
    region.append(ready(toast, late));
    return toast;
  };
  const ready = (toast, late) => {
    if (!one(".shut", toast)) {
      const shut = make("button", "×", { type: "button", className: "shut", ariaLabel: "Close" });
      shut.addEventListener("click", () => toast.remove());
      toast.append(shut);
    }
    if (!late) away(toast, one("form", toast) ? 30000 : 12000);
    return toast;
  };
  all("#toasts .toast").forEach((toast) => ready(toast, toast.classList.contains("late")));
  document.addEventListener("toast", (event) => tell(event.detail.text, event.detail));
  let offline;
  addEventListener("offline", () => { offline = tell(`No connection. This is as of ${clock()}; what you do now won't arrive.`, { late: true }); });
  addEventListener("online", () => { offline?.remove(); tell("The connection is back."); });

  // A button that a rule blocks says the rule
  document.addEventListener("click", (event) => {
    const blocked = event.target.closest?.('[aria-disabled="true"]');
    if (!blocked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const why = document.getElementById(blocked.getAttribute("aria-describedby"))?.textContent || blocked.title;
    one("#why")?.remove();
    if (why) tell(why, { late: true }).id = "why";
  }, true);

  // Keys
  const label = (element) => (element.dataset.keyName || element.ariaLabel || [...element.childNodes].filter((n) => n.nodeName !== "KBD").map((n) => n.textContent).join("")).trim().replace(/\s+/g, " ");
  const shown = (element) => element.getClientRects().length > 0;
  const inField = (element) => element.closest?.('input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select, [contenteditable]');
  const press = (element) => (element.matches("input, select, textarea") ? element.focus() : element.click());
  const step = (by) => {
    const rows = all("[data-row]").filter(shown);
    if (!rows.length) return;
    const focused = rows.indexOf(document.activeElement.closest?.("[data-row]")), now = focused < 0 ? rows.findIndex((row) => row.matches('[aria-current]:not([aria-current="false"])')) : focused;
    const next = rows[Math.max(0, Math.min(rows.length - 1, now + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    if (next.closest("[data-follow]") && rows.indexOf(next) !== now) next.click();
  };
  const list = () => {
    const dialog = one("#keys"), keys = one("dl", dialog);
    keys.replaceChildren();
    const add = (letters, words) => { const term = make("dt", ""); letters.forEach((letter) => term.append(make("kbd", letter))); keys.append(term, make("dd", words)); };
    const seen = new Set();
    all("[data-key]").filter(shown).forEach((element) => { if (!seen.has(element.dataset.key)) { seen.add(element.dataset.key); add([element.dataset.key.toUpperCase()], label(element)); } });
    if (all("[data-row]").some(shown)) add(["J", "K"], "Next, previous");
    if (one("[data-find]")) add(["/"], "Find");
    add(["?"], "This list");
    one("input", dialog).checked = !root.classList.contains("keys-off");
    dialog.showModal();
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches("#keys input")) return;
    root.classList.toggle("keys-off", !event.target.checked);
    keep("keys", event.target.checked ? "on" : "off");
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-keys]")) list(); });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && inField(event.target)?.matches("[data-find]")) return event.target.blur();
    if (inField(event.target) || one("dialog[open]") || root.classList.contains("keys-off")) return;
    const key = event.key.toLowerCase(), act = (what) => { event.preventDefault(); what(); };
    // The last one wins: the undo of the newest toast, the button of an opened part.
    const target = all("[data-key]").filter((element) => element.dataset.key.toLowerCase() === key && shown(element)).pop();
    if (target) return act(() => press(target));
    if (key === "j" || key === "k") return act(() => step(key === "j" ? 1 : -1));
    if (key === "/" && one("[data-find]")) return act(() => { one("[data-find]").focus(); one("[data-find]").select?.(); });
    if (key === "?" && one("#keys")) return act(list);
  });
  const spoken = (from) => all("[data-key]", from).forEach((element) => element.setAttribute("aria-keyshortcuts", element.dataset.key));
  spoken(document);

  // Popovers in browsers from before them
  if (!("popover" in HTMLElement.prototype)) {
    document.addEventListener("click", (event) => {
      const opener = event.target.closest?.("[popovertarget]"), target = opener && document.getElementById(opener.getAttribute("popovertarget"));
      all("[popover][data-open]").forEach((open) => { if (open !== target && !open.contains(event.target)) open.removeAttribute("data-open"); });
      target?.toggleAttribute("data-open");
    });
  }

  // htmx: the token, and errors in words
  document.addEventListener("htmx:configRequest", (event) => { if (csrf()) event.detail.headers["X-CSRFToken"] = csrf(); });
  document.addEventListener("htmx:afterSwap", (event) => spoken(event.target));
  document.addEventListener("htmx:sendError", () => tell("No answer came. What you typed is still here; try again.", { late: true }));
  document.addEventListener("htmx:responseError", (event) => {
    const code = event.detail.xhr.status;
    tell(code === 403 ? "This is not yours to do, or you are logged out. Reload the page to see." : code === 404 ? "This no longer exists. Reload the page to see what stands." : `The server could not do this (${code}). Reload the page to see what stands.`, { late: true });
  });
})();
