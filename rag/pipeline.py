"""The only wiring: settings to an open library and an assistant over it."""
