"""The texts sent to models, one file each."""

from importlib.resources import files


def load_prompt(name: str) -> str:
    """The text of `prompts/NAME.txt`, without its last newline."""
    return files(__name__).joinpath(f"{name}.txt").read_text("utf-8").rstrip("\n")
