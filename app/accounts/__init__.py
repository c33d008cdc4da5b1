"""Who is calling: the audiences of the API, and the tokens by which they are known."""
