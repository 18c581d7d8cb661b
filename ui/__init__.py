"""Surfaces over the engine: the `verse` command, the page, REST and MCP."""
