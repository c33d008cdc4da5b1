"""Greenhouse: webhooks that a person makes by hand, and Harvest v3 to look at what they do not say."""
