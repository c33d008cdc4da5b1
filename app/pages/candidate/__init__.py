"""The candidate's pages: the request, its feedback, own notes, and the offer."""
