"""`mem chat`: `loop` reads a line, `conversation` answers a message, `commands` does what begins with a slash."""
