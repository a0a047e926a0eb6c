"""Version identification: which work is performed, whoever sings it."""
