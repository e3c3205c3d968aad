"""The private PostGIS cluster of a checkout.

Standard library only: it runs under the system's Python before the project's own environment exists.
`geogrid.cluster.server.Cluster` is the door; everything else is one question per module.
"""
