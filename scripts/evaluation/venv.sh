# shellcheck shell=bash
# Sourced by scripts/eval, scripts/listen, scripts/compare and scripts/wer: makes the Python environment they share, once, and
# names its interpreter in $VENV_PYTHON. It lives in .cache/venv-eval; delete that folder to have it made anew.
#
# The list of packages is copied into it last, so an interrupted installation is never taken for a finished one,
# and a changed scripts/requirements.txt rebuilds it.

venv_say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# venv_system_packages installs what pip cannot: the venv module and a C compiler (pesq comes as source only).
venv_system_packages() {
  local missing=()
  "$1" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  [ -f "$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || missing+=(python3-dev)
  command -v cc >/dev/null || missing+=(build-essential)
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    venv_say "installing ${missing[*]} (Python environment, compiler for the PESQ package)"
    apt-get -qq update >&2 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y "${missing[@]}" >&2 && return 0
  fi
  venv_say "needs ${missing[*]}; install with: sudo apt-get install -y ${missing[*]}"
  return 1
}

# venv_interpreter prints a Python between 3.11 and 3.13: the versions for which all pinned packages have builds.
venv_interpreter() {
  local name
  for name in python3.11 python3.12 python3.13 python3; do
    command -v "$name" >/dev/null || continue
    "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
    command -v "$name"
    return 0
  done
  return 1
}

venv_prepare() {
  local repo=$1 list=$1/scripts/requirements.txt python
  local home=$repo/.cache/venv-eval
  VENV_PYTHON=$home/bin/python
  cmp -s "$list" "$home/requirements.txt" && return 0
  if ! python=$(venv_interpreter); then
    venv_say "needs Python 3.11, 3.12 or 3.13; install with: sudo apt-get install -y python3 python3-venv python3-dev"
    return 1
  fi
  venv_system_packages "$python" || return 1
  venv_say "installing the metrics and the suppressors to compare with into .cache/venv-eval (once, about a minute)"
  rm -rf "$home"
  "$python" -m venv "$home" &&
    "$home/bin/python" -m pip install -q --disable-pip-version-check --no-deps -r "$list" >&2 &&
    cp "$list" "$home/requirements.txt" && return 0
  venv_say "could not install $list; the lines above say why"
  return 1
}

# venv_run MODULE ARGS...: runs a module of scripts/evaluation in the environment, every library on one thread.
venv_run() {
  local repo=$1
  shift
  venv_prepare "$repo" || return 1
  export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1
  export PYTHONPATH=$repo/scripts PYTHONDONTWRITEBYTECODE=1
  exec "$VENV_PYTHON" -m "$@"
}
