"""Reaches people: one alert in, every right person told, every outcome known."""
