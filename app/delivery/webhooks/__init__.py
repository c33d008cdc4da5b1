"""Outgoing webhooks: endpoints, signed deliveries, and a transport that reaches public addresses only."""
