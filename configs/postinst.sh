#!/bin/sh
# After the package is installed (dpkg: configure, with the old version of an upgrade; rpm: 1, at an upgrade 2).
set -e
# It starts with every graphical session, and systemctl says so: is-enabled looks in /etc alone.
case "$1:$2" in
configure: | 1:*)
  wants=${DPKG_ROOT:-}/etc/systemd/user/graphical-session.target.wants
  mkdir -p "$wants"
  ln -sf /usr/lib/systemd/user/stillmic.service "$wants/stillmic.service"
  ;;
esac
case "$1:$2" in
configure: | 1:*)
  cat <<'END'
Stillmic starts at your next log-in. To start it now, as yourself: stillmic service start
Then choose "Stillmic Microphone" in your call app.
END
  ;;
configure:* | 2:*)
  cat <<'END'
Stillmic is updated. A running one changes over when no app uses the microphone; at once: stillmic service restart
END
  ;;
esac
exit 0
