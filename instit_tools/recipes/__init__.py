"""Recipes: which samples are made from a record.

A recipe is a TOML file; the built-in ones are those in this folder, and a user's own is read the same way. ``load``
finds and checks one, ``make`` follows it.
"""
