#!/bin/sh
# Runs one role in this very process, so that signals reach it: api | worker | migrate, and ops <verb> for operators.
set -eu
cd "$(dirname "$0")/.."
role="${1:-}"
[ $# -gt 0 ] && shift
case "$role" in
  api) exec node api/main.ts "$@" ;;
  worker) exec node worker/main.ts "$@" ;;
  migrate) exec node bootstrap/migrate.ts "$@" ;;
  ops) exec node scripts/ops.ts "$@" ;;
  # A platform that takes a whole command line may pass this file's own name along.
  */docker/entrypoint.sh | docker/entrypoint.sh) exec "$0" "$@" ;;
  *)
    echo "Name a role: api, worker, migrate or ops <verb>; not \"$role\"" >&2
    exit 64
    ;;
esac
