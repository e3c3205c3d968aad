# Shared by the scripts of this folder: finds the checkout and a Python of 3.11 or later, then hands over
# to script/tasks, which needs nothing but that Python. Chatter goes to stderr.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

find_python() {
  local candidate
  for candidate in /usr/bin/python3 "$(command -v python3 || true)"; do
    if [ -x "$candidate" ] && "$candidate" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

install_python() {
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "Python 3.11 or later is missing; install it with: sudo apt-get install -y python3 python3-venv" >&2
      exit 2
    fi
    sudo=(sudo -n)
  fi
  "${sudo[@]}" apt-get update >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    python3 python3-venv >&2
}

run_task() {
  local python
  python=$(find_python) || { install_python; python=$(find_python); } || {
    echo "Python 3.11 or later is needed; this system offers none" >&2
    exit 2
  }
  exec "$python" "$root/script/tasks" "$@"
}
