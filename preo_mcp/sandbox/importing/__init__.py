"""Reading an uploaded file: from its bytes to orders, row by row."""
