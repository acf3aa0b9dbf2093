"""Destana: villages report hazards, the right people are warned, and it is known who has answered."""
