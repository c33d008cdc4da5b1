"""Routes of the exchange after a release: replies, their effects, and the mailbox of a receipt."""
