// Runs once for the desk (`element`); `trigger` reaches the server, whose word comes in `props`.
const problem = element.querySelector(".cv-eval-problem");
const send = (what, more = {}) => {
  problem.textContent = "";
  trigger("submit", { do: what, ...more });
};
const place = (name) => document.getElementById(`cv-evaluation-${name}`);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.(".cv-eval-start, .cv-eval-compare")) return;
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  if (form.matches(".cv-eval-compare")) place("found").setAttribute("aria-busy", "true");
  send(form.matches(".cv-eval-start") ? "start" : "compare", given);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button?.matches(".cv-eval-stop")) send("stop");
  else if (button?.matches(".cv-eval-scores")) {
    place("found").setAttribute("aria-busy", "true");
    send("scores", { run: button.dataset.run });
  }
});

// What was found may be drawn a little later than it is told.
const showFound = (tries = 20) => {
  const heading = document.getElementById("cv-eval-heading");
  if (heading) heading.focus();
  else if (tries) setTimeout(showFound, 50, tries - 1);
};

const heed = () => {
  const told = props.value ?? {};
  if (told.problem || told.found) place("found")?.removeAttribute("aria-busy");
  if (told.problem) problem.textContent = told.problem;
  if (told.found) setTimeout(showFound, 100);
};
watch("value", heed);
heed(); // what was told before this page was drawn

const waiting = new MutationObserver(() => {
  if (!place("trial")) return;
  waiting.disconnect();
  // The run under way is drawn when the page's first load comes back.
  setTimeout(() => {
    if (place("trial").querySelector('[aria-busy="true"]')) send("follow");
  }, 1000);
});
waiting.observe(document.documentElement, { childList: true, subtree: true });
