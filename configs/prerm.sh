#!/bin/sh
# Before the package is removed (dpkg: remove; rpm: 0, at an upgrade 1).
set -e
case "$1" in
remove | 0)
  wants=${DPKG_ROOT:-}/etc/systemd/user/graphical-session.target.wants
  rm -f "$wants/stillmic.service"
  rmdir "$wants" 2>/dev/null || true # unless something else is in it
  # The folders above belong to systemd, which another machine's disk may be without.
  [ -z "${DPKG_ROOT:-}" ] || rmdir "${wants%/*}" "${wants%/*/*}" 2>/dev/null || true
  ;;
*) exit 0 ;; # at an upgrade a running program changes over by itself
esac
[ -z "${DPKG_ROOT:-}" ] || exit 0 # another machine's disk

# running prints the processes of the package's program, also of one from before an upgrade,
# but not those of containers, which have roots of their own.
running() {
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/exe")" in
    /usr/bin/stillmic | "/usr/bin/stillmic (deleted)")
      [ "$(stat -Lc %d:%i "$process/root")" != "$(stat -c %d:%i /)" ] || echo "${process#/proc/}"
      ;;
    esac
  done
}
# SIGINT has them remove the virtual microphone, too.
tries=0
while processes=$(running) && [ -n "$processes" ] && [ $tries -lt 20 ]; do
  [ $tries -gt 0 ] || echo "$processes" | xargs kill -s INT || true # one may just have ended
  tries=$((tries + 1))
  sleep 0.5
done
[ -z "$processes" ] || echo "$processes" | xargs kill -s KILL || true
rm -rf /run/user/*/stillmic
echo "What people chose for themselves stays in their folders ~/.config/stillmic and ~/.local/state/stillmic,
and the print of a voice in ~/.local/share/stillmic."
exit 0
