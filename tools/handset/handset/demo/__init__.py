"""A scripted demo: three stories played through the phones alone, as people would."""
