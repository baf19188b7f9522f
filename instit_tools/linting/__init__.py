"""Checking annotation records for what a schema cannot see, and mending what can be mended."""
