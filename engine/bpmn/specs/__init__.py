"""What each element does when a token enters, works and leaves: one class an element."""
