"""`python -m model_monitor` is `model-monitor`."""

import sys

from model_monitor.cli import main

sys.exit(main())
