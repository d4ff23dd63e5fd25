"""The connection to the warehouse of the dbt project: read, insert, lock, publish."""
