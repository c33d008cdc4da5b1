"""The exchange after a release: the candidate replies to doubts, and those asked record what a reply changed."""
