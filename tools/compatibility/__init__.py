"""Whether old clients keep working: the corpus of an earlier commit held against the present one."""
