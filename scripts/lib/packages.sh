# shellcheck shell=bash
# Shared by the scripts: finding and installing what a Debian-like machine lacks.

# say prints a line about what a script does, apart from the output of the tools it runs.
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# need COMMAND PACKAGE REASON remembers PACKAGE if COMMAND is missing.
missing=()
need() {
  command -v "$1" >/dev/null 2>&1 && return
  missing+=("$2")
  say "missing: $1 ($2): $3"
}

# need_file PATH_PATTERN PACKAGE REASON remembers PACKAGE if no file matches.
need_file() {
  compgen -G "$1" >/dev/null && return
  missing+=("$2")
  say "missing: $2: $3"
}

# install_missing installs what need found missing, or names the command that does.
install_missing() {
  [ ${#missing[@]} -eq 0 ] && return
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    say "install these with this system's package manager: ${missing[*]}"
    exit 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    say "not root; run this, then start again:"
    echo "    sudo $command" >&2
    exit 1
  fi
  say "installing: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive $command; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "installing failed; the whole output is in $log"
    exit 1
  fi
  rm -f "$log"
  missing=()
}

# need_go stops unless the Go that go.mod asks for is there: no script replaces a toolchain.
need_go() {
  command -v go >/dev/null 2>&1 && return
  say "Go is missing: install Go $(awk '$1 == "go" {print $2}' go.mod) or later from your system or from go.dev"
  exit 1
}
