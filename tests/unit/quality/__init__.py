"""Quality: what limits are computed from, and each limit with a crossing and without one."""
