"""What surrounds the endpoints: middleware, authentication, problems, idempotency, pages of lists."""
