"""`debrief demo`: an HTTP client that plays a story on a fresh server."""
