"""The words of Destana, one file for each matter."""
