"""`mem` and `python -m mem`: the version is answered before anything is imported."""

import gc
import sys

OBJECTS_BEFORE_GARBAGE = 50_000


def main() -> None:
    """Runs the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mem import __version__

        sys.stdout.write(f"mem {__version__}\n")
        return
    # What is imported stays: to look through it for garbage again and again takes a tenth of the time to start.
    gc.set_threshold(OBJECTS_BEFORE_GARBAGE)
    from mem.cli import run

    run()


if __name__ == "__main__":
    main()
