"""Ashby: its webhooks, and its API of remote procedures."""
