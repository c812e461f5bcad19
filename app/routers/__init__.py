"""The endpoints, one module a resource: each reads its request, calls one function and responds."""
