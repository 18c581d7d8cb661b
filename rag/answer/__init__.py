"""Answers made of the documents' own sentences, or written and checked; when there is none."""
