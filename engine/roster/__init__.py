"""Who works when: teams, shifts, the roster, absences; who is on duty."""
