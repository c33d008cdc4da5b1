"""A candidate's wish for feedback about one hiring process: raise, show, extend, withdraw, read; the manager's link."""
