"""Telponi: every pregnancy found, the dangerous ones reported, the mother looked after until 42 days after birth."""
