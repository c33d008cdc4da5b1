"""What applicant tracking systems tell of applications, and the offer of a debrief that follows a rejection."""
