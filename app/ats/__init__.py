"""How applicant tracking systems are spoken to: connections, our own contract, and a folder for each native system."""
