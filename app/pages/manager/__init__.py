"""The pages behind the manager's link."""
