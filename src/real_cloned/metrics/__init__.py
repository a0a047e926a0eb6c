"""Numbers that say how good an answer is: verification, calibration, significance. Knows no corpus and no model."""
