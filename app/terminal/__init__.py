"""`debrief answer`: a client for those who trust no page of the server's. It speaks HTTP, as any client does."""
