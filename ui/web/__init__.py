"""The chat page: Gradio lays it out, `rag.render` writes what stands in it."""
