"""Mail: what a letter is, how it becomes a message, and the ways out of the house."""
