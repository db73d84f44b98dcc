"""Two replicas of the service from one release folder, behind Debian's nginx."""
