# shellcheck shell=bash
# await.sh: waits for something; for scripts to source. They define `fail`.

# Waits until COMMAND succeeds, for at most 20 s, or as many as $patience says.
await() { # WHAT COMMAND...
    local what=$1 limit=${patience:-20} end
    end=$((SECONDS + limit))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "$what: not within $limit s"
        sleep 0.05
    done
}
