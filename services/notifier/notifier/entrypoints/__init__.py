"""Where the notifier is driven from: alerts, phones, operators, and the workers of its lanes."""
