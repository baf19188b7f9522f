"""From annotation files to typed records: find the files, see what they are, cut them, decode them."""
