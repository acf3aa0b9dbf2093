"""Gareng Mesem: residents report waste, collectors get pickups, everybody sees it done."""
