"""Phones on a page, with the SMPP and WhatsApp carriers in front of them."""
