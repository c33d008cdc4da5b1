"""Web pages: rendered on the server from the same use cases as the API, usable without a script."""
