"""A real Elasticsearch for the tests, the demo and the bench, from the jars that are published: see `node.Node` and `node.Cluster`."""
