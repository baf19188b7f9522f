"""``instit-tools`` and ``python -m instit_tools``; light, because every worker process imports it once more."""


def main() -> None:
    """Run the command line."""
    from instit_tools import cli

    cli.main()


if __name__ == "__main__":
    main()
