// Runs once, in the form of the Look up tab: sends what is sought as it is typed, and moves over the hits by keyboard.
const PAUSE = 120; // milliseconds without a key before the search goes out
const words = element.querySelector("#words");
const hits = document.getElementById("hits"), known = document.getElementById("known");
let later = 0, sought = "";

function seek() {
  const wanted = Object.fromEntries(new FormData(element.querySelector("form")));
  if (JSON.stringify(wanted) === sought) return;
  sought = JSON.stringify(wanted);
  trigger("submit", wanted);
}

const openers = () => [...hits.querySelectorAll(".hit-open")];

function move(by) {
  const all = openers(), at = all.indexOf(document.activeElement);
  if (at + by < 0) return words.focus();
  const next = all[Math.min(at + by, all.length - 1)];
  next?.focus({ preventScroll: true });
  next?.closest(".hit").scrollIntoView({ block: "nearest" });
}

element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("input", (event) => {
  clearTimeout(later);
  if (!event.isComposing) later = setTimeout(seek, PAUSE);
});
element.addEventListener("compositionend", () => { later = setTimeout(seek, PAUSE); });
words.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter") { event.preventDefault(); openers()[0]?.click(); }
  if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
});
hits.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && event.target.matches(".hit-open")) { event.preventDefault(); move(by); }
  if (event.key === "Escape" && !document.documentElement.dataset.source) words.focus();
});
hits.addEventListener("click", (event) => {
  if (event.target.closest("[data-find=widen]")) {
    for (const field of element.querySelectorAll("select:not([name=sort]), [name=day]")) field.value = "";
    seek();
    words.focus();
  } else if (event.target.closest(".hit-text") && !String(getSelection())) event.target.closest(".hit").querySelector(".hit-open").click();
});
new MutationObserver(() => {
  const found = hits.querySelector(`.found .${document.documentElement.dataset.language}, .hint h2 .${document.documentElement.dataset.language}`);
  if (words.value.trim()) document.getElementById("said").textContent = found?.textContent ?? "";
  hits.scrollTop = 0;
}).observe(hits, { childList: true, subtree: true });
const values = () => [...known.querySelectorAll("option")].map((option) => option.value).join("\n");
let settable = values();
new MutationObserver(() => { // the documents have changed, and with them what the filters can be set to
  if (values() === settable) return;
  settable = values();
  for (const options of known.querySelectorAll("select")) {
    const select = element.querySelector(`select[name=${options.dataset.name}]`), chosen = select.value;
    select.innerHTML = options.innerHTML;
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
  }
  document.dispatchEvent(new Event("arrived"));
  if (words.value.trim()) { sought = ""; seek(); }
}).observe(known, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["value"] });
document.dispatchEvent(new Event("arrived"));
