// Runs once, in the question box (js_on_load): `element` is the box, `trigger` sends an event to assistant/web.py.
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const kept = {
  get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* private windows keep nothing */ } },
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 1023px)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const tabs = [...document.querySelectorAll("[role=tab]")];
const panelOf = (tab) => byId(tab.getAttribute("aria-controls"));
let opener = null, opened = null, held = null, rated = null, closing = false, place = "", turns = 0, waiting = 0; // held: what had the focus when the panel was opened or closed; waiting: how many turns there were when the running question was asked

// The page: language, colours, tabs

function speak(language) {
  root.dataset.language = language;
  root.lang = language === "en" ? "en" : "zh-CN";
  for (const words of document.querySelectorAll("[data-zh]")) words[words.tagName === "OPTION" ? "textContent" : "placeholder"] = words.dataset[language];
  for (const button of document.querySelectorAll("[data-do=language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

function paint(theme) {
  root.dataset.theme = theme;
  document.body.classList.toggle("dark", theme === "dark");
}

function show(name) {
  const chosen = tabs.find((tab) => tab.dataset.tab === name) ?? tabs[0];
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    panelOf(tab).toggleAttribute("data-shown", tab === chosen);
  }
  if (narrow.matches && place) trigger("select", {});
}

for (const tab of tabs) {
  panelOf(tab).setAttribute("role", "tabpanel");
  panelOf(tab).setAttribute("aria-labelledby", tab.id);
}
byId("side").setAttribute("role", "complementary");
byId("side").setAttribute("aria-label", "原文 / Original");

// Ask

function problem(kind) {
  for (const words of element.querySelectorAll("[data-problem]")) words.hidden = words.dataset.problem !== kind;
  byId("question").setAttribute("aria-invalid", String(Boolean(kind)));
}

function fit() {
  const box = byId("question");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  const length = [...box.value.trim()].length, limit = Number(box.dataset.limit);
  const count = element.querySelector(".count");
  count.textContent = length > limit * 0.9 ? `${length} / ${limit}` : "";
  count.classList.toggle("over", length > limit);
  if (length && length <= limit) problem("");
}

function ask(question) {
  const length = [...question].length;
  if (root.dataset.busy) return false;
  if (!length || length > Number(byId("question").dataset.limit)) {
    problem(length ? "long" : "empty");
    byId("question").focus();
    return false;
  }
  problem("");
  root.dataset.busy = "yes";
  waiting = turns;
  trigger("submit", { question });
  return true;
}

function send() {
  const box = byId("question");
  if (!ask(box.value.trim())) return;
  box.value = "";
  fit();
}

// What buttons do

function say(chinese, english) {
  byId("said").textContent = root.dataset.language === "en" ? english : chinese;
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea"); // without https the clipboard is closed to scripts
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.done = "yes";
  say("已复制", "Copied");
  setTimeout(() => { delete button.dataset.done; say("", ""); }, 2000);
}

function close() {
  closing = true;
  held = document.activeElement;
  trigger("select", {});
}

function toQuote() {
  const at = document.querySelector("#source .cited mark") ?? document.querySelector("#source .cited");
  at?.scrollIntoView({ block: "center", inline: "nearest" });
}

function rate(button) {
  const why = button.closest(".rate").querySelector(".why");
  if (button.dataset.verdict === "up") judge(button, "up");
  else if (button.getAttribute("aria-pressed") === "false") { why.hidden = !why.hidden; if (!why.hidden) why.elements.reason.focus(); }
}

function judge(inside, verdict, reason = "") {
  if (inside.getAttribute("aria-pressed") === "true") return;
  rated = { turn: inside.closest(".rate").dataset.turn, verdict, reason };
  trigger("like", rated);
}

function toRated() { // the answer has come anew, with thanks or with what went wrong: there goes on who judged it
  const rate = document.querySelector(`.rate[data-turn="${rated.turn}"]`), why = rate?.querySelector(".why");
  if (!rate?.querySelector(".told").textContent) return;
  if (rated.reason && rate.querySelector(".told .bad")) { why.hidden = false; why.elements.reason.value = rated.reason; }
  rate.querySelector(`[data-verdict=${rated.verdict}]`).focus({ preventScroll: true });
  rated = null;
}

const doing = {
  language: (button) => { kept.set("language", button.dataset.language); speak(button.dataset.language); },
  theme: () => { const next = root.dataset.theme === "dark" ? "light" : "dark"; kept.set("theme", next); paint(next); },
  tab: (button) => { if (location.hash.slice(1) !== button.dataset.tab) location.hash = button.dataset.tab; },
  example: (button) => ask(button.textContent),
  open: (button) => { opener = button; held = document.activeElement; opened = { ...button.dataset }; trigger("select", opened); },
  rate,
  unrate: (button) => { button.form.hidden = true; button.closest(".rate").querySelector("[data-verdict=down]").focus(); },
  quote: toQuote,
  close,
  copy,
  download: (button) => trigger("download", { form: button.dataset.form, language: root.dataset.language }),
  stop: () => { trigger("stop"); delete root.dataset.busy; byId("question").focus(); },
  clear: () => { trigger("clear"); delete root.dataset.busy; byId("question").focus(); },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) doing[button.dataset.do]?.(button);
});
element.addEventListener("submit", (event) => { event.preventDefault(); send(); });
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".why")) return;
  event.preventDefault();
  judge(event.target, "down", event.target.elements.reason.value);
});
element.addEventListener("input", fit);
element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is choosing characters
  event.preventDefault();
  send();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const at = tabs.indexOf(event.target);
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: tabs.length - 1 - at }[event.key];
  if (at >= 0 && step !== undefined) {
    event.preventDefault();
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  }
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); document.querySelector("[data-shown] :is(textarea, input)")?.focus(); }
  if (event.key === "Escape" && place) { event.preventDefault(); close(); } // a search field would empty itself
});
document.addEventListener("arrived", () => speak(root.dataset.language)); // another part of the page has come
document.addEventListener("changed", () => { if (place && opened) trigger("select", opened); }); // other documents: what is open may be gone
addEventListener("hashchange", () => show(location.hash.slice(1)));

// What the server sends

new MutationObserver(() => {
  const all = document.querySelectorAll("#log .turn"), last = all[all.length - 1];
  if (last && all.length > waiting && last.dataset.state !== "pending") delete root.dataset.busy;
  if (all.length > turns) last.scrollIntoView({ block: "start", behavior: calm.matches || !turns ? "auto" : "smooth" });
  turns = all.length;
  kept.set("talking", turns ? "yes" : "");
  if (rated) toRated();
  delete root.dataset.coming;
  current();
}).observe(byId("log"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-state"] });

new MutationObserver(() => {
  const panel = document.querySelector(".source"), key = panel?.dataset.key ?? "";
  current();
  root.dataset.source = key;
  for (const tab of tabs) panelOf(tab).inert = narrow.matches && Boolean(key);
  if (key === place) return;
  place = key;
  const left = [held, document.body, null].includes(document.activeElement); // who types by now is not taken away from there
  if (!key && closing && left && opener?.isConnected) opener.focus({ preventScroll: true });
  closing = false;
  if (!key) return;
  if (left) byId("source-title").focus({ preventScroll: true });
  byId("source").scrollTop = 0;
  toQuote();
}).observe(byId("source"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key"] });

new MutationObserver(() => {
  const file = byId("paper").querySelector("[data-at]");
  if (!file) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.dataset.text], { type: `${file.dataset.type};charset=utf-8` }));
  link.download = file.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}).observe(byId("paper"), { childList: true, subtree: true });

function current() {
  const key = document.querySelector(".source")?.dataset.key ?? "";
  for (const button of document.querySelectorAll("#room [data-do=open]")) {
    const { passage, start, end, document: whole } = button.dataset;
    button.toggleAttribute("data-current", Boolean(key) && key === (whole ?? `${passage}-${start}-${end}`));
  }
}

for (const id of ["hits", "policies-view", "own-list"]) if (byId(id)) new MutationObserver(current).observe(byId(id), { childList: true, subtree: true });

if (kept.get("talking")) { // the kept conversation is on its way: the welcome would only flash
  root.dataset.coming = "yes";
  setTimeout(() => delete root.dataset.coming, 3000);
}
speak(kept.get("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
paint(kept.get("theme") ?? (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => { if (!kept.get("theme")) paint(dark.matches ? "dark" : "light"); });
show(location.hash.slice(1));

const fetched = window.fetch; // a question that the server refuses (assistant/limits.py) makes no turn: it goes back into the box
window.fetch = async (address, options) => {
  const reply = await fetched(address, options);
  if (!reply.ok && root.dataset.busy && typeof options?.body === "string") {
    delete root.dataset.busy;
    byId("question").value ||= JSON.parse(options.body).event_data?.question ?? "";
  }
  return reply;
};
