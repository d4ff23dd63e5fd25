"""The Python layer of model_monitor: runs dbt, reads its small tables, notifies people.

It computes no statistic and configures no connection: both belong to dbt.
"""

__version__ = "0.1.0"
