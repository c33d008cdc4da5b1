"""Routes of one-time links and of blind rounds."""
