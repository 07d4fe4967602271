"""
Several replicas of `serve` on one PostgreSQL, behind a small balancer, on this machine.

    make run-cluster        # or: python -m tests.cluster

For those who want to see it. In production any balancer does what `balancer` does here.
"""
