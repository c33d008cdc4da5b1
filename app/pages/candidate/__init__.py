"""The candidate's pages: the request, its feedback, own notes, the offer, and the confirmation of an address."""
