"""Erasure of expired requests, and of requests that a restored backup brought back."""
