"""Authentication: the audiences of the API, connections, vendors, and their keys."""
