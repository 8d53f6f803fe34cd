"""SCORES: forecasts against history, beside naive baselines computed in the same run."""
