"""The Library page: what is held and what is wrong with it, seen, added to, corrected, removed."""
