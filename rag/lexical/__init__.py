"""Lexical search: BM25 in tantivy, each document by the rules of its own language.

1. A text is made ready (`rag/words.py`), then cut into words, cleared of stop words, stemmed and
   folded by the rules of its document's language (stems.py). Stems of all languages lie in the same
   fields, so that a word weighs the same whatever share of the library its language has.
2. A question is read by the rules of every language held, without the stop words of its own
   (query.py). Fields count by their boosts, and words of the question that stand side by side in a
   passage count more, as in the sequential dependence model (Metzler and Croft, SIGIR 2005).
3. Symbols ("10.c", "A/RES/70/1", "No. 202") are kept whole, and paragraphs are found by their
   numbers ("paragraph 16 (b)").
4. Words as written are kept too (store.py): by them misspelt ones are known (`rag/spelling.py`).
"""
