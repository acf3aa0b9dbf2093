"""Talking with people by single messages: words, fields, and the one field to repeat (messages.md, "Grammar")."""
