"""The benefits of a household (`docs/policy/clauses.md`), decided from facts that may be unknown."""
