"""Kefuflow's engine: runs customer-service processes; knows nothing of the web."""
