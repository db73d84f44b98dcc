"""HTTP below the routes: connections, requests and answers, which format, what went wrong."""
