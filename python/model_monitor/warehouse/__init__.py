"""The connection of the dbt project to its warehouse: read, insert, lock, publish."""
