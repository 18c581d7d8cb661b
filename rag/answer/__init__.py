"""Answers made of the documents' own sentences, and when to say that they do not answer."""
