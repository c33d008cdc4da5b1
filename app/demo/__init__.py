"""`debrief demo`: a client like any other, that tells a story with what the service answers."""
