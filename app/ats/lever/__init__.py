"""Lever: webhooks with two signed members, and the API that supplies everything else."""
