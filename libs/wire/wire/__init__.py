"""What services and the notifier say to each other: the kernel's words for it, to and from the contract."""
