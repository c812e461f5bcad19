"""What clients may send, one module an endpoint family."""
