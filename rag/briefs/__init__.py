"""Briefs and notebooks: cited passages put in order for a meeting, kept, and exported.

    pin -> notebook ----------------\
                                     >  brief -> number -> export (docx, md, pdf, lists of sources)
    questions -> answers -> compose /                   -> verify (an edited file, read back)
"""
