"""Technical base of all packages: database, HTTP, settings, logging. It knows nothing of rounds or requests."""
