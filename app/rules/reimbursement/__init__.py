"""Medical reimbursement in five layers (七.1)."""
