"""Ashby: webhooks and an RPC-style API."""
