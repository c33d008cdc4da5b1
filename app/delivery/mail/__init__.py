"""Mail: letters, the messages made of them, and the mailers (SMTP, files)."""
