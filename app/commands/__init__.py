"""Commands of the command line. `app.cli` imports each one only when it is called."""
