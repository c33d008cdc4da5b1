"""Operation: metrics, and checks of whether the installation keeps the promise."""
