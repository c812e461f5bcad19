"""The invented county of `anda demo`: its villages, the timelines of its projects, and the seeding of a store."""
