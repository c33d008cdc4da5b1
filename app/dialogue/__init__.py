"""Mailbox of a receipt: authors see or withdraw their own answer."""
