"""Applications reported by applicant tracking systems (ATS), and the offers of feedback that follow rejections."""
