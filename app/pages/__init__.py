"""What people open: pages made by the server from the same use cases as the API, and better where a script runs."""
