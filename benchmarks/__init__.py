"""Speed: what `make bench` measures. Each part is a module here that offers `run() -> None`."""
