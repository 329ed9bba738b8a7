"""Text turned into judgement: pure, without network, database or clock."""
