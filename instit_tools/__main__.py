"""``python -m instit_tools``."""

from instit_tools.cli import main

if __name__ == "__main__":
    main()
