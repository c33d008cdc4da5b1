"""Routes of requests: the candidate's, the manager's, own notes and address confirmation."""
