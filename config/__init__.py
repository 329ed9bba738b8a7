"""What people declare: sources, topics, rules, channels, departments and settings, read strictly."""
