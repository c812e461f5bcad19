"""The invented county of `anda demo`: what there is in it, what becomes of its projects, and how a store is filled."""
