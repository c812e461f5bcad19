"""The settlement ledger and its registers, over HTTP and from the command line, on both databases."""
