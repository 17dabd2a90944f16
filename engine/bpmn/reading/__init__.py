"""From XML to the graph of specs: rewrite what means the same, refuse what is not executed right, build the rest."""
