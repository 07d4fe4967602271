"""The back office: the staff program, which never meets the public one."""
