#!/bin/sh
# For a crontab: 7 * * * * /srv/shop/model-monitor.sh
# Prints nothing if the exit code is 0, so that cron sends mail only if something needs attention.
set -u
cd "${SHOP:-/srv/shop}" || exit 2

# If the run before takes longer than an hour, this one waits for it.
said=$(model-monitor run --wait 30m 2>&1)
code=$?

case $code in
    0) exit 0 ;;
    1) title="a critical alert is open or a check failed" ;;
    2) title="not everything could be evaluated" ;;
    3) title="a notification could not be sent" ;;
    *) title="ended with $code" ;;
esac
printf 'model-monitor: %s\n\n%s\n' "$title" "$said"
exit "$code"
