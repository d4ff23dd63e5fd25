#!/bin/sh
# The job of a crontab: 7 * * * * /srv/shop/model-monitor.sh
# It says nothing while all is well, so that cron's mail is about something.
set -u
cd "${SHOP:-/srv/shop}" || exit 2

# A run that takes longer than an hour is waited for, not run beside.
said=$(model-monitor run --wait 30m 2>&1)
code=$?

case $code in
    0) exit 0 ;;
    1) title="a breach" ;;
    2) title="not everything could be evaluated" ;;
    3) title="alerts were not delivered" ;;
    *) title="ended with $code" ;;
esac
printf 'model-monitor: %s\n\n%s\n' "$title" "$said"
exit "$code"
