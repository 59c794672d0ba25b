"""What is not known when the lot is designed: scores, who will be online, rounds to come."""
