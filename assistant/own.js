// Runs once, in the form of the own documents: sends files, asks before one is removed, and keeps the list fresh.
const list = document.getElementById("own-list");
const form = element.querySelector(".own-form"), chooser = element.querySelector("#own-files"), drop = element.querySelector(".drop");
const sending = element.querySelector(".own-sending"), lost = element.querySelector(".own-lost"), sure = element.querySelector("dialog");
const view = () => list.querySelector(".own-view");
const onTop = () => location.hash === "#own";
let version = view()?.dataset.version, seconds = 0, queue = Promise.resolve();

async function send(files) {
  const failed = [];
  for (const [at, file] of files.entries()) {
    sending.querySelector("span:last-child").textContent = `${at + 1}/${files.length}`;
    sending.hidden = false;
    if (file.size > Number(form.dataset.limit)) {
      trigger("upload", { name: file.name, size: file.size, version });
      continue;
    }
    try {
      const sent = new File([file], `${Date.now()}-${Math.random()}`); // a place of its own, even for the same file twice
      const { path } = await upload(sent);
      trigger("upload", { name: file.name, path, version });
    } catch {
      failed.push(file.name);
    }
  }
  sending.hidden = true;
  lost.querySelector("bdi").textContent = failed.join(", ");
  lost.hidden = !failed.length;
}

function take(files) {
  const all = [...files]; // the chooser is emptied, so that the same file can be chosen again
  queue = queue.then(() => send(all));
}

function refresh() {
  trigger("tick", { version });
}

chooser.addEventListener("change", () => { take(chooser.files); chooser.value = ""; });
document.addEventListener("dragover", (event) => {
  if (!onTop() || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // else the browser would open a file that misses the zone
  drop.toggleAttribute("data-over", drop.contains(event.target));
});
document.addEventListener("drop", (event) => {
  if (!onTop() || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  drop.removeAttribute("data-over");
  take(event.dataTransfer.files);
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.removeAttribute("data-over"); });

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-own=remove]");
  if (!button) return;
  sure.dataset.name = button.dataset.name;
  sure.querySelector("bdi").textContent = button.dataset.shown;
  sure.returnValue = "";
  sure.showModal();
});
sure.addEventListener("close", () => {
  if (sure.returnValue !== "remove") return;
  trigger("delete", { name: sure.dataset.name, version });
  element.querySelector("h2").focus(); // the button that was pressed goes away
});

new MutationObserver(() => {
  const now = view()?.dataset.version;
  if (now === version) return;
  version = now;
  document.dispatchEvent(new Event("changed"));
}).observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-version"] });
addEventListener("hashchange", () => { if (onTop()) refresh(); });
setInterval(() => { // while files are read every second; else now and then, for what others add
  seconds += 1;
  if (!document.hidden && (view()?.dataset.busy === "true" || (onTop() && seconds % 10 === 0))) refresh();
}, 1000);
document.dispatchEvent(new Event("arrived"));
