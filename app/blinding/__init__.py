"""Blind tokens (RFC 9497), which prove the right to answer without a name, and the receipts they derive from."""
