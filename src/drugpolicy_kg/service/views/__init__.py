"""What people and their programs read of things: described, named, written as pages or as RDF."""
