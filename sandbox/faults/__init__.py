"""What goes wrong, and when: answers, connections, records."""
