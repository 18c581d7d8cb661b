(() => {
  const form = document.getElementById("filter");
  const [label, words, failed] = form.querySelectorAll("select, input");
  const count = form.querySelector("output");
  const rows = [...document.querySelectorAll("[data-labels]")];
  const show = () => {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits =
        (!label.value || JSON.parse(row.dataset.labels).includes(label.value)) &&
        (!failed.checked || "failed" in row.dataset) &&
        (!wanted || row.textContent.toLowerCase().includes(wanted));
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} cases`;
  };
  form.addEventListener("input", show);
  form.hidden = false;
  show();
})();
