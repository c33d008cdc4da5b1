"""What can be said about an interview: codes as data, the structured answer made of them, and advice on its wording."""
