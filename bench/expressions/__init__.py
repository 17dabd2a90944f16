"""The rule language beside other engines': conditions and a decision table, a process a contestant."""
