// The booth page: what is filled in is kept on the tablet first, and sent when there is a network. Nothing is called
// kept before the browser has it on disk; nothing is forgotten before the server has said that it has it.
(() => {
  const setting = JSON.parse(document.body.dataset.setting), one = (css, from = document) => from.querySelector(css), all = (css, from = document) => [...from.querySelectorAll(css)];
  // In the language of the event: what this page says by itself, by what it says in English.
  const say = (text, gaps = {}) => (setting.words[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => gaps[name] ?? "");
  const form = one("#entry"), FIELDS = ["badge", "first_name", "last_name", "company", "title", "email", "phone", "message"], TICKS = ["talked", "contact_me", "consent"];
  const BEAT = 20000, LONGEST_WAIT = 60000;
  let editing = null, sending = false, wait = 2000, timer = 0, linked = true;

  // What is on the tablet
  const database = new Promise((resolve, reject) => {
    const asked = indexedDB.open(`winnow-booth-${setting.event}`, 1);
    asked.onupgradeneeded = () => { asked.result.createObjectStore("entries", { keyPath: "key" }); asked.result.createObjectStore("notes"); };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const inside = async (work, writes = true) => {
    const db = await database, stores = ["entries", "notes"];
    return new Promise((resolve, reject) => {
      const act = db.transaction(stores, writes ? "readwrite" : "readonly", { durability: "strict" }), found = {};
      act.oncomplete = () => resolve(found.value);
      act.onerror = act.onabort = () => reject(act.error);
      work(act.objectStore("entries"), act.objectStore("notes"), (request) => { request.onsuccess = () => { found.value = request.result; }; });
    });
  };
  database.catch((error) => notice(say("This browser keeps nothing ({why}), as in a private window: use another one, or what is filled in is lost.", { why: error?.name ?? "shut" })));
  const entries = () => inside((kept, _, give) => give(kept.getAll()), false).then((rows) => rows.sort((a, b) => (a.at < b.at ? -1 : 1)));
  const note = (name) => inside((_, notes, give) => give(notes.get(name)), false);
  const jot = (name, value) => inside((_, notes) => notes.put(value, name));
  const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // What stands in the form
  const typed = () => {
    const said = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value.trim()]));
    TICKS.forEach((name) => { said[name] = !!form.elements[name]?.checked; });
    said.staff = form.elements.staff?.value ?? "";
    said.answers = setting.questions.map((question, number) => {
      if (!question.choices.length) {
        const value = form.elements[`q${number}`].value.trim();
        return { question: question.text, answer: value, feeds: question.feeds, value };
      }
      const choice = question.choices[one(`[name="q${number}"]:checked`, form)?.value];
      return { question: question.text, answer: choice?.label ?? "", feeds: question.feeds, value: choice?.value ?? "" };
    });
    return said;
  };
  const put = (said) => {
    FIELDS.forEach((name) => { form.elements[name].value = said[name] ?? ""; });
    TICKS.forEach((name) => { if (form.elements[name]) form.elements[name].checked = !!said[name]; });
    setting.questions.forEach((question, number) => {
      const answer = (said.answers ?? []).find((given) => given.question === question.text)?.answer ?? "", field = form.elements[`q${number}`];
      if (!question.choices.length) field.value = answer;
      else all(`[name="q${number}"]`, form).forEach((radio) => { radio.checked = question.choices[radio.value].label === answer && answer !== ""; });
    });
  };
  const blank = (said) => FIELDS.every((name) => !said[name]) && said.answers.every((given) => !given.answer);
  const place = (name) => (name === "answers" ? null : one(`[name="${name}"]`, form)) ?? null;
  const wrong = (field, words) => {
    const box = field?.closest(".field"), line = box && one(".wrong", box);
    if (!line) { one("#wrong").textContent = words; one("#wrong").hidden = false; return; }
    line.textContent = words;
    line.hidden = false;
    line.id = `wrong-${field.name}`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", line.id);
  };
  const right = () => { all(".wrong", form).forEach((line) => { line.hidden = true; }); all("[aria-invalid]", form).forEach((field) => ["aria-invalid", "aria-describedby"].forEach((name) => field.removeAttribute(name))); };
  const checked = (said) => {
    right();
    const troubles = [];
    setting.questions.forEach((question, number) => {
      const answer = said.answers[number].answer;
      if (question.needed && !answer) troubles.push([one(`[name="q${number}"]`, form), say("This question has to be answered.")]);
      if (question.feeds === "employees" && !question.choices.length && answer && !/^\d[\d., ]*$/.test(answer)) troubles.push([one(`[name="q${number}"]`, form), say("This is no number of people.")]);
    });
    if (said.email && !/^\S+@\S+\.\S+$/.test(said.email)) troubles.push([form.elements.email, say("This is no mail address; it looks like ann@acme.example.")]);
    if (!said.badge && !said.first_name && !said.last_name && !said.email && !said.phone) troubles.push([form.elements.badge, say("A badge, a name, an address or a number says who it was.")]);
    troubles.forEach(([field, words]) => wrong(field, words));
    troubles[0]?.[0].focus();
    return !troubles.length;
  };
  let drafting = 0;
  form.addEventListener("input", () => { clearTimeout(drafting); drafting = setTimeout(() => jot("draft", { editing, said: typed() }), 250); });
  const release = (kept, which) => {  // what was taken in hand to be mended, and let go again, is sent as it was
    kept.openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (cursor.value.state === "held" && which(cursor.value)) cursor.update({ ...cursor.value, state: "waiting" });
      cursor.continue();
    };
  };
  const empty = async () => {
    clearTimeout(drafting);
    const held = editing;
    editing = null;
    const staff = form.elements.staff?.value;
    form.reset();
    if (form.elements.staff) form.elements.staff.value = staff;
    right();
    await inside((kept, notes) => {
      notes.delete("draft");
      if (staff !== undefined) notes.put(staff, "staff");
      if (held) release(kept, (row) => row.key === held);
    });
  };
  one("#clear").addEventListener("click", empty);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = typed();
    if (!checked(said)) return;
    const key = editing ?? uuid(), before = editing && (await entries()).find((row) => row.key === editing);
    const body = { key, tablet_at: before?.body.tablet_at ?? new Date().toISOString(), ...said, answers: said.answers.filter((given) => given.answer) };
    if (said.consent) body.consent_wording = setting.consent;
    try {
      await inside((kept) => kept.put({ key, at: body.tablet_at, state: "waiting", tried: 0, body }));
    } catch (error) {
      wrong(null, say("The tablet could not keep it ({why}). It still stands here; free some room and keep it again.", { why: error?.name ?? "QuotaExceededError" }));
      return;
    }
    await empty();
    show(true);
    await send();
    tell();
  });
  const show = (thanks) => {
    form.hidden = thanks;
    one("#thanks").hidden = !thanks;
    (thanks ? one("#thanks") : form.elements.badge).focus();
    scrollTo(0, 0);
  };
  one("#next").addEventListener("click", () => show(false));

  // Sending
  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    // Without a network nothing is tried, so that what waits can still be mended; once tried, it may have arrived.
    const work = async () => { for (let more = navigator.onLine; more;) more = await batch(); };
    try {
      if (navigator.locks) await navigator.locks.request(`winnow-booth-${setting.event}`, { ifAvailable: true }, (lock) => (lock ? work() : null));
      else await work();
      wait = 2000;
    } catch (error) {
      if (!(error instanceof TypeError) && error?.name !== "TimeoutError") notice(error.message);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
    sending = false;
    await tell();
    const left = (await entries()).some((row) => row.state === "waiting");
    timer = setTimeout(send, left ? wait : BEAT);
  };
  const batch = async () => {
    const waiting = (await entries()).filter((row) => row.state === "waiting"), some = waiting.slice(0, setting.most);
    await inside((kept) => some.forEach((row) => kept.put({ ...row, tried: row.tried + 1 })));
    const sum = await entries();
    const answer = await fetch(setting.entries, {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", signal: AbortSignal.timeout?.(20000),
      body: JSON.stringify({ sent_at: new Date().toISOString(), waiting: sum.length, entries: some.map((row) => row.body) }),
    });
    linked = answer.status !== 403 && answer.status !== 404;
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      throw new Error(answer.status === 404 ? say("This tablet’s address is not known any more; open a new one here. What waits goes with it.")
        : answer.status === 503 || !said.reason ? say("The server can’t take it just now ({status}); it stays here.", { status: answer.status }) : said.reason);
    }
    const { results, version } = await answer.json(), by = new Map(some.map((row) => [row.key, row]));
    notice("");
    const sent = (await note("sent")) ?? 0, done = results.filter((result) => by.has(result.key));
    await inside((kept, notes) => {
      done.forEach((result) => {
        if (result.kept) kept.delete(result.key);
        else kept.put({ ...by.get(result.key), state: "refused", tried: 1, field: result.field, reason: result.reason });
      });
      notes.put(sent + done.filter((result) => result.kept).length, "sent");
    });
    if (version !== setting.version) renew(version);
    return done.length > 0 && waiting.length > some.length;
  };
  const renew = (version) => {  // the questions have changed: load them, but never under somebody's hands
    if ((form.hidden && !setting.over) || !blank(typed()) || sessionStorage.getItem("renewed") === version) return;
    sessionStorage.setItem("renewed", version);
    location.reload();
  };
  addEventListener("online", () => { wait = 2000; send(); });
  addEventListener("offline", () => tell());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });

  // What is said of it
  const notice = (words) => { one("#notice").textContent = words; one("#notice").hidden = !words; };
  const named = (body) => [body.first_name, body.last_name].filter(Boolean).join(" ") || body.email || body.phone || (body.badge ? `${say("Badge")} ${body.badge}` : say("somebody"));
  const tell = async () => {
    const rows = await entries(), refused = rows.filter((row) => row.state === "refused"), waiting = rows.length - refused.length, sent = (await note("sent")) ?? 0;
    const counts = { waiting, mend: refused.length, sent }, waits = waiting === 1 ? say("1 waits") : say("{waiting} wait", counts);
    one("#counts").textContent = [waits, ...(refused.length ? [say("{mend} to mend", counts)] : []), say("{sent} sent", counts)].join(" · ");
    one("#queue-open").classList.toggle("grave", refused.length > 0);
    one("#queue-sum").textContent = say("Waiting to be sent: {waiting}. To be mended: {mend}. Sent from this tablet: {sent}.", counts);
    one("#kept-how").textContent = waiting ? say("Kept on this tablet; it is sent as soon as there is a network.") : refused.length ? say("One entry needs a look.") : say("Sent.");
    one("#queue-list").replaceChildren(...rows.map((row) => {
      const item = document.createElement("li"), words = document.createElement("div"), name = document.createElement("b"), how = document.createElement("span");
      name.textContent = named(row.body);
      how.textContent = `${new Date(row.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })} · ${row.state === "refused" ? row.reason : row.state === "held" ? say("in hand") : row.tried ? say("on its way") : say("waits")}`;
      how.className = row.state === "refused" ? "small tone-late" : "small faint";
      words.append(name, document.createElement("br"), how);
      item.append(words);
      if (row.state === "refused" || (row.state === "waiting" && !row.tried)) {
        const mend = document.createElement("button");
        Object.assign(mend, { type: "button", className: "btn small", textContent: say("Mend") });
        mend.setAttribute("aria-label", `${say("Mend")} ${named(row.body)}`);
        mend.addEventListener("click", () => amend(row));
        item.append(mend);
      }
      return item;
    }));
    const ready = one("#ready"), state = !linked ? ["late", say("address ended")] : !navigator.onLine ? ["soon", say("no network: answers wait here")] : kept ? ["good", say("works offline")] : ["hollow", kept === false ? say("only with a network") : say("not kept for offline yet")];
    ready.className = `state ${state[0]}`;
    ready.textContent = state[1];
  };
  const amend = async (row) => {
    if (row.state === "waiting") await inside((kept) => kept.put({ ...row, state: "held" }));  // not sent under somebody's hands
    one("#queue").close();
    show(false);
    editing = row.key;
    right();
    put(row.body);
    if (row.reason) { const field = place(row.field); wrong(field, row.reason); field?.focus(); }
    jot("draft", { editing, said: typed() });
  };
  one("#queue-open").addEventListener("click", () => { tell(); one("#queue").showModal(); });
  one("#queue-shut").addEventListener("click", () => one("#queue").close());
  one("#send-now").addEventListener("click", () => { wait = 2000; send(); });

  // A badge before the camera
  const hint = one("#scan-hint"), camera = one("#camera"), view = one("#view");
  let looking = null;
  const shut = () => { looking?.getTracks().forEach((track) => track.stop()); looking = null; camera.close(); };
  const read = (text) => {
    if (/^BEGIN:VCARD/i.test(text)) {  // some organisers print the whole card
      const line = (name) => text.match(new RegExp(`^${name}[^:\\n]*:(.*)$`, "im"))?.[1].trim() ?? "", [last, first] = line("N").split(";");
      const card = { first_name: first, last_name: last || line("FN"), company: line("ORG").split(";")[0], title: line("TITLE"), email: line("EMAIL"), phone: line("TEL") };
      Object.entries(card).forEach(([name, value]) => { if (value) form.elements[name].value = value; });
    } else form.elements.badge.value = text.slice(0, 120);
    form.dispatchEvent(new Event("input"));
  };
  if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    one("#scan").hidden = false;
    one("#scan").addEventListener("click", async () => {
      try {
        looking = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        hint.textContent = say("The camera can’t be used here; type the code.");
        return;
      }
      camera.showModal();
      view.srcObject = looking;
      view.play().catch(() => {});
      const detector = new BarcodeDetector();
      while (looking) {
        const [found] = await detector.detect(view).catch(() => []);
        if (found?.rawValue) { shut(); read(found.rawValue.trim()); form.elements.badge.focus(); break; }
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    });
    one("#camera-shut").addEventListener("click", shut);
    camera.addEventListener("cancel", shut);
  } else hint.textContent = say("This browser can’t scan; type the code.");

  // Kept for when there is no network
  let kept = null;
  const keep = async () => {
    if (!("serviceWorker" in navigator)) return false;
    await navigator.serviceWorker.register(setting.worker, { scope: setting.scope });
    await navigator.serviceWorker.ready;
    const wanted = [location.pathname, ...all("link[href], script[src]").map((element) => element.href || element.src)];
    const cache = await caches.open("winnow-booth");
    await cache.addAll(wanted);
    const now = new Map(wanted.map((place) => new URL(place, location)).map((place) => [place.pathname, place.search]));
    for (const request of await cache.keys()) {  // what an older version of a file left behind
      const place = new URL(request.url);
      if (now.has(place.pathname) && now.get(place.pathname) !== place.search) await cache.delete(request);
    }
    return true;
  };
  (async () => {
    navigator.storage?.persist?.();
    const draft = await note("draft"), staff = await note("staff");
    await inside((kept) => release(kept, (row) => row.key !== draft?.editing));
    if (staff && form.elements.staff) form.elements.staff.value = staff;
    if (draft) { put(draft.said); editing = draft.editing; if (form.elements.staff) form.elements.staff.value = draft.said.staff; }
    if (setting.over) { form.hidden = true; one("#over").hidden = false; }
    await tell();
    send();
    kept = await keep().catch(async () => (navigator.serviceWorker?.controller ? true : false));
    tell();
  })();
})();
