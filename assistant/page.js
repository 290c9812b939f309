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
let opener = null, place = "", turns = 0, waiting = 0; // waiting: how many turns there were when the running question was asked

function speak(language) {
  root.dataset.language = language;
  root.lang = language === "en" ? "en" : "zh-CN";
  const box = byId("question");
  if (box) box.placeholder = box.dataset[language];
  for (const button of document.querySelectorAll("[data-do=language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

function paint(theme) {
  root.dataset.theme = theme;
  document.body.classList.toggle("dark", theme === "dark");
}

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
  }
  button.dataset.done = "yes";
  byId("said").textContent = root.dataset.language === "en" ? "Copied" : "已复制";
  setTimeout(() => { delete button.dataset.done; byId("said").textContent = ""; }, 2000);
}

function close() {
  trigger("select", {});
  if (!opener?.isConnected) return;
  opener.focus({ preventScroll: true });
  if (narrow.matches) opener.scrollIntoView({ block: "center" });
}

const doing = {
  language: (button) => { kept.set("language", button.dataset.language); speak(button.dataset.language); },
  theme: () => { const next = root.dataset.theme === "dark" ? "light" : "dark"; kept.set("theme", next); paint(next); },
  example: (button) => ask(button.textContent),
  open: (button) => { opener = button; trigger("select", { turn: button.dataset.turn, number: button.dataset.number, offset: 0 }); },
  step: (button) => trigger("select", { turn: button.dataset.turn, number: button.dataset.number, offset: button.dataset.offset }),
  close,
  copy,
  stop: () => { trigger("stop"); delete root.dataset.busy; byId("question").focus(); },
  clear: () => { trigger("clear"); delete root.dataset.busy; byId("question").focus(); },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) doing[button.dataset.do]?.(button);
});
element.addEventListener("submit", (event) => { event.preventDefault(); send(); });
element.addEventListener("input", fit);
element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: an input method is choosing characters
  event.preventDefault();
  send();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); byId("question").focus(); }
  if (event.key === "Escape" && document.querySelector(".source:not(.empty)")) close();
});

new MutationObserver(() => {
  const all = document.querySelectorAll("#log .turn"), last = all[all.length - 1];
  if (all.length > waiting && last.dataset.state !== "pending") delete root.dataset.busy;
  root.dataset.talking = all.length ? "yes" : "";
  if (all.length > turns) last.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  turns = all.length;
  current();
}).observe(byId("log"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-state"] });

new MutationObserver(() => {
  const panel = document.querySelector(".source"), key = panel?.dataset.key ?? "";
  current();
  root.dataset.source = key;
  if (key === place) return;
  const another = answerOf(key) !== answerOf(place);
  place = key;
  if (!key) return;
  if (!another) panel.querySelector(".centre").scrollIntoView({ block: "nearest" });
  else {
    byId("source-title").focus({ preventScroll: true });
    byId("source").scrollTop = 0;
    if (narrow.matches) byId("side").scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }
}).observe(byId("source"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key"] });

function answerOf(key) {
  return key.split("-").slice(0, 2).join("-");
}

function current() {
  const key = answerOf(document.querySelector(".source")?.dataset.key ?? "");
  for (const mark of document.querySelectorAll("#log .mark")) mark.toggleAttribute("data-current", Boolean(key) && `${mark.dataset.turn}-${mark.dataset.number}` === key);
}

speak(kept.get("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
paint(kept.get("theme") ?? (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => { if (!kept.get("theme")) paint(dark.matches ? "dark" : "light"); });

const fetched = window.fetch; // a question that the server refuses (assistant/limits.py) makes no turn: it goes back into the box
window.fetch = async (address, options) => {
  const reply = await fetched(address, options);
  if (!reply.ok && root.dataset.busy && typeof options?.body === "string") {
    delete root.dataset.busy;
    byId("question").value ||= JSON.parse(options.body).event_data?.question ?? "";
  }
  return reply;
};
