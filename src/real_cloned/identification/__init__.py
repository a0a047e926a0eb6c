"""Who is singing? A registry of singers, calibrated scores, and answers that say when there is none."""
