"""Sending after the commit: the outbox, the mail worker and the webhook worker. Each row is tried at least once."""
