// Numbers a brief as `rag/briefs/number.py` does: from 1 in order of first use, the same words at
// the same place of the same document being one source.
window.cvNumbers = (brief) => {
  const places = new Map(brief.sources.map((each) => [each.n, `${each.document_id}\n${each.start}\n${each.end}`]));
  const given = new Map(); // number by place
  const shown = new Map(); // number for readers, by number within the draft
  const use = (n) => {
    const place = places.get(n);
    if (!given.has(place)) given.set(place, given.size + 1);
    shown.set(n, given.get(place));
  };
  for (const section of brief.sections) {
    section.items.forEach((item) => item.sources.forEach(use));
    section.passages.forEach(use);
  }
  return shown;
};
