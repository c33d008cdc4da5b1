"""The way back for those who answered: what a receipt opens."""
