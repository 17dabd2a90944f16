"""FEEL as text: tokens, names by scope, the grammar, the tree."""
