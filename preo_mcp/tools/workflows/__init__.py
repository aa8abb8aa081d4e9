"""Work of several calls in one tool, named after the job."""
