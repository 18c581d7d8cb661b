"""An edited brief read back: every quotation and figure in it laid beside the documents.

    file -> read -> quoted -> search (exact, then nearest) -> reference -> editions -> report
                 \\-> statements ----------------------------/

1. The file gives paragraphs, the marks of notes in them, and the notes (word_file.py,
   markdown_file.py).
2. Quotations are found in each paragraph (quoted.py); what is left of it are statements.
3. The words of a quotation are looked for in all documents, as exact words (words.py); where they
   stand nowhere, the stretch that is nearest is found by runs of words (search.py), and how it
   differs is told word by word (differ.py).
4. A note is read leniently: which document, which page, which paragraph (reference.py).
5. What stands in an older edition, or stood in a document before it was read anew, is laid beside
   the newest (editions.py).
6. A statement's figures, dates, names, negation and modality are held against the place that its
   note names (statements.py).
"""
