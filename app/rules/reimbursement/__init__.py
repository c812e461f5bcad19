"""Medical reimbursement in five layers (catalogue parts 1 and 2; 七.1)."""
