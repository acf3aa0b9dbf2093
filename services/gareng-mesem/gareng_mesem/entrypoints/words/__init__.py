"""The words of Gareng Mesem, one file for each matter."""
