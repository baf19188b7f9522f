"""Marks: ids drawn on raw pictures, in a style that a small TOML file describes."""
