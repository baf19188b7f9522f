"""One record on the terminal: its texts in order, its instances over time, what `validate` says of it."""
