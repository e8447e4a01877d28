#!/bin/sh
# Before the package is removed (dpkg: remove; rpm: 0, at an upgrade 1).
set -e
case "$1" in
remove | 0)
  wants=${DPKG_ROOT:-}/etc/systemd/user/graphical-session.target.wants
  rm -f "$wants/stillmic.service"
  rmdir "$wants" 2>/dev/null || true
  ;;
esac
exit 0
