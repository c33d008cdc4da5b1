"""`debrief answer`: an HTTP client in the terminal, for people who do not trust scripts from the server."""
