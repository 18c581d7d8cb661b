"""The reader: whole documents as plain pages, and the pages of their PDF files as pictures."""
