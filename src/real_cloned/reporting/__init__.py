"""Tables, figures and the page: what the runs found, beside what the paper published. Works on tables alone."""
