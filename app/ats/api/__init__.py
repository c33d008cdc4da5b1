"""Routes for connections, the neutral contract, and webhook endpoints."""
