"""What happens after a commit: rows written in its transaction, carried out later, at least once."""
