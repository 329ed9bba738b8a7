"""Posts and judgements turned into events and alerts; kept, shown and told."""
