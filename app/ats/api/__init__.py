"""Routes of connections, of our own contract, and of webhooks."""
