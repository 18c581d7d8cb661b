"""The page for those who write briefs: search, notebook, who says what, brief, check."""
