"""Tokens that prove a right to answer, and not whose (RFC 9497), and what a client derives from its receipt."""
