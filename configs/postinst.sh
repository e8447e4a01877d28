#!/bin/sh
# After the package is installed (dpkg: configure, with the old version of an upgrade; rpm: 1, at an upgrade 2).
set -e

# start_now shows the icon, which starts stillmic and greets, to whoever sits at a desktop now, and fails
# where nobody does. Whatever goes wrong, it is there from the next log-in on.
start_now() {
  [ -z "${DPKG_ROOT:-}" ] || return 1 # another machine's disk
  for tool in loginctl runuser setsid systemd-run timeout; do
    command -v $tool >/dev/null || return 1
  done
  if command -v systemd-detect-virt >/dev/null && systemd-detect-virt --chroot; then
    return 1 # the desktop is another system's
  fi
  started=1
  for session in $(loginctl list-sessions --no-legend 2>/dev/null | awk '{print $1}'); do
    case "$(loginctl show-session "$session" -p Class -p Type -p State 2>/dev/null | sort | tr '\n' ' ')" in
    "Class=user State=active Type=wayland " | "Class=user State=active Type=x11 ") ;;
    *) continue ;;
    esac
    name=$(loginctl show-session "$session" -p Name --value)
    uid=$(loginctl show-session "$session" -p User --value)
    # Its own unit, so that it ends with the desktop and not with the installation; without root's terminal.
    timeout 20 setsid -w runuser -u "$name" -- env XDG_RUNTIME_DIR="/run/user/$uid" systemd-run --user --quiet --collect \
      --property=Type=exec --property=PartOf=graphical-session.target /usr/bin/stillmic tray --start \
      </dev/null >/dev/null 2>&1 && started=0
  done
  return $started
}

# It starts with every graphical session, and systemctl says so: is-enabled looks in /etc alone.
case "$1:$2" in
configure: | 1:*)
  wants=${DPKG_ROOT:-}/etc/systemd/user/graphical-session.target.wants
  mkdir -p "$wants"
  ln -sf /usr/lib/systemd/user/stillmic.service "$wants/stillmic.service"
  if start_now; then
    echo "Stillmic is running, and starts at every log-in."
  else
    echo "Stillmic starts at your next log-in. To start it now, open Stillmic among your apps, or run as yourself: stillmic service start"
  fi
  echo 'Then choose "Stillmic Microphone" in your call app.'
  ;;
configure:* | 2:*)
  echo "Stillmic is updated. A running one changes over when no app uses the microphone; at once: stillmic service restart"
  ;;
esac
exit 0
