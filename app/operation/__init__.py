"""What an operator gets to see: numbers, and what in the installation breaks the promise."""
