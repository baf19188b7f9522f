"""From what a model said to the letter that it chose: as a person reads it (`strict`), and as the script does.

Only the standard library is imported in this folder: an exported benchmark carries a copy of it.
"""
