"""The vocabulary of answers: codes as data, the structured answer, and hints on its wording."""
