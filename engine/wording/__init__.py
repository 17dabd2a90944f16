"""What may be said to customers: banned phrases block, words of promise warn."""
