"""The library of scripts (话术) in versions, and flag notes (备注旗子)."""
