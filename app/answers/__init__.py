"""Released answers and their concerns: no person, no clock, nothing that leads back to an author."""
