"""Indicators (K01–K37), their targets and the assessment formulas."""
