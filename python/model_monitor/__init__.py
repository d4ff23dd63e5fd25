"""The Python layer of model_monitor: runs dbt, reads its small tables, tells people.

No statistic is computed here and no connection is configured here: both belong to dbt.
"""

__version__ = "0.1.0"
