"""What clients are answered, one module an endpoint family."""
