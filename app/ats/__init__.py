"""Integrations with applicant tracking systems (ATS): connections, the neutral contract, and native connectors."""
