// A question is put again, or edited in its place and then asked instead.
(() => {
  const ask = (question, from) =>
    document.dispatchEvent(new CustomEvent("cv-ask", { detail: { question, from } }));

  const close = (asked) => {
    asked.querySelector("form")?.remove();
    asked.classList.remove("cv-editing");
    asked.querySelector(".cv-edit").focus();
  };

  const open = (button) => {
    const asked = button.closest(".cv-asked");
    const { answer } = asked.closest(".cv-exchange").dataset;
    const form = document.createElement("form");
    const box = document.createElement("textarea");
    const heading = asked.querySelector(".cv-question");
    Object.assign(box, { value: heading.textContent, rows: 3, dir: "auto", required: true });
    box.setAttribute("aria-label", button.getAttribute("aria-label"));
    const note = Object.assign(document.createElement("p"), { textContent: button.dataset.note, className: "cv-facts", id: "cv-edit-note" });
    box.setAttribute("aria-describedby", note.id);
    const choices = Object.assign(document.createElement("div"), { className: "cv-choices" });
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "cv-cancel", textContent: button.dataset.cancel });
    const send = Object.assign(document.createElement("button"), { type: "submit", className: "cv-send", textContent: button.dataset.send });
    choices.append(cancel, send);
    form.append(box, note, choices);
    asked.append(form);
    asked.classList.add("cv-editing");
    box.focus();
    cancel.addEventListener("click", () => close(asked));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close(asked);
      if (event.key === "Enter" && !event.shiftKey && event.target === box) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!box.value.trim()) return;
      document.querySelector("#cv-box textarea").focus({ preventScroll: true });
      ask(box.value, answer);
    });
  };

  document.addEventListener("click", (event) => {
    const edit = event.target.closest?.(".cv-edit");
    if (edit) open(edit);
    const retry = event.target.closest?.(".cv-retry");
    if (retry) {
      const exchange = retry.closest(".cv-exchange");
      document.querySelector("#cv-box textarea").focus({ preventScroll: true });
      ask(exchange.querySelector(".cv-question").textContent, exchange.dataset.answer);
    }
  });
})();
