"""The data to look at: a static site of a gallery and a page a record, and the same record in a notebook.

`look` reads and judges, `make` writes a record's page and pictures, both on any number of cores; `site` puts them
together, whole or not at all. What stands on a page is decided in `shown`, what it looks like in ``templates`` and
``assets``. A page needs no network, no server and no script to be read; scripts find, filter and light up.
"""
