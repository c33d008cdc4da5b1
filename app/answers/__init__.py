"""Released answers and their concerns. No person, no clock, and no reference to an author."""
