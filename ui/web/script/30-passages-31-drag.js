// Pins and headings moved by their handles; the same is done by two buttons, from the keyboard.
(() => {
  const book = window.cvNotebook;

  // Dragging: the entry that is dragged, and the line where it would fall.
  let dragged = "";
  document.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.("#cv-notebook .cv-drag");
    if (!handle) return;
    const item = handle.closest(".cv-entry");
    dragged = item.dataset.id;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
    event.dataTransfer.setDragImage(item, 20, 20);
    item.classList.add("cv-dragged");
  });
  const fallOf = (event) => {
    const item = event.target.closest?.("#cv-notebook .cv-entry");
    if (!dragged || !item) return null;
    const { top, height } = item.getBoundingClientRect();
    return event.clientY < top + height / 2 ? item : (item.nextElementSibling ?? "end");
  };
  const unmark = () =>
    document.querySelectorAll(".cv-fall, .cv-fall-end").forEach((each) => each.classList.remove("cv-fall", "cv-fall-end"));
  document.addEventListener("dragover", (event) => {
    const fall = fallOf(event);
    if (!fall) return;
    event.preventDefault();
    unmark();
    if (fall === "end") book.list().lastElementChild.classList.add("cv-fall-end");
    else fall.classList.add("cv-fall");
  });
  document.addEventListener("drop", (event) => {
    const fall = fallOf(event);
    if (!fall) return;
    event.preventDefault();
    book.move(book.groupOf(dragged), fall === "end" ? "" : fall.dataset.id);
  });
  document.addEventListener("dragend", () => {
    dragged = "";
    unmark();
    document.querySelectorAll(".cv-dragged").forEach((each) => each.classList.remove("cv-dragged"));
  });
})();
