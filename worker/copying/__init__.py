"""`giovang copy`: an installation into another database, row by row, and back."""
