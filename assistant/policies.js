// Runs once, above the list of policies: filters and sorts the rows that the server sent.
const view = document.getElementById("policies-view");
const rising = ["name", "issuer"]; // the other orders begin with the latest, the most

const observer = new MutationObserver(arrange); // when another list comes

function arrange() {
  const body = view.querySelector("tbody");
  if (!body) return;
  const key = element.querySelector("#order").value, way = rising.includes(key) ? 1 : -1;
  const sought = element.querySelector("#narrow").value.trim().toLowerCase().split(/\s+/);
  const rows = [...body.rows].sort((a, b) => way * a.dataset[key].localeCompare(b.dataset[key], "zh-CN"));
  for (const row of rows) row.hidden = !sought.every((word) => row.textContent.toLowerCase().includes(word));
  body.append(...rows);
  view.querySelector(".none-left").hidden = rows.some((row) => !row.hidden);
  observer.takeRecords(); // its own doing
}

element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("input", arrange);
observer.observe(view, { childList: true, subtree: true, characterData: true });
document.dispatchEvent(new Event("arrived"));
