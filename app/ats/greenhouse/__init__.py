"""Greenhouse: webhooks that an administrator creates by hand, and the Harvest v3 API."""
