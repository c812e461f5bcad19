"""The statements of the visits and their fees, as hospitals report them before they settle."""
