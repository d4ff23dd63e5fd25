"""`python -m model_monitor` is `model-monitor`."""

import sys

from model_monitor.cli.parser import main

sys.exit(main())
