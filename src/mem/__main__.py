"""`mem` and `python -m mem`: the version is answered before anything is imported."""

import sys


def main() -> None:
    """Runs the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mem import __version__

        sys.stdout.write(f"mem {__version__}\n")
        return
    from mem.cli import run

    run()


if __name__ == "__main__":
    main()
