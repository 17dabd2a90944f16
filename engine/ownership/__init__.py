"""Who answers for a case: first contact, transfers, hand-overs."""
