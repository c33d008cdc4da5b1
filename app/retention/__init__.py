"""How long requests are kept, and that what was erased stays erased."""
