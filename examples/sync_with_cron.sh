#!/bin/sh
# Syncs a community into JSON Lines files, with nothing but the connector. A line for cron:
#
#   */15 * * * *  SOURCE_CIRCLE_EVENTS=/path/to/source-circle-events ~/circle/sync_with_cron.sh ~/circle
#
# The directory holds your config.json, catalog.json (the streams to read), state.json (how far each one
# was read) and records/*.jsonl, one file a run. A run that fails keeps what it received, and the next one
# continues from there. A record may come twice: drop repeated ids when you load the files.
set -eu
umask 077
cd "$1"
source=${SOURCE_CIRCLE_EVENTS:-$PWD/.venv/bin/source-circle-events}
stop() { echo "$1" >&2; exit 1; }
for needed in flock "$source"; do
    command -v "$needed" >/dev/null || stop "$needed: not found. Set SOURCE_CIRCLE_EVENTS to the connector's path."
done
# The connector inherits the lock: if this script is killed, the lock is held until both have ended.
exec 9>lock
flock -n 9 || stop "Another sync is running in $PWD."

# The messages of a type in a run's output. The last line of a killed run may be incomplete.
messages() { head -n "$(wc -l <"$2")" "$2" | LC_ALL=C grep "^{\"type\":\"$1\"" || [ $? -eq 1 ]; }

# The states in state.json, one a line.
states() { sed '1s/^\[//; $s/\]$//; s/,$//' state.json; }

# Puts a run's records away, and only then moves the state. Files appear whole, under another name first.
keep() {
    messages RECORD "$1" >records.part
    { states; messages STATE "$1" | sed 's/^{"type":"STATE","state":\(.*\)}$/\1/'; } |
        awk 'match($0, /"stream_descriptor":\{"name":"[^"]*"/) { last[substr($0, RSTART, RLENGTH)] = $0 }
             END { for (name in last) { list = list comma last[name]; comma = ",\n" }; print "[" list "]" }' >state.part
    sync records.part state.part
    [ ! -s records.part ] || mv records.part "records/${1%.run}.jsonl"
    mv state.part state.json
    rm -f "$1" records.part
}

stream='{"stream": {"name": "%s", "json_schema": {"type": "object"}, "supported_sync_modes": ["incremental"],
  "source_defined_cursor": true}, "sync_mode": "incremental", "destination_sync_mode": "append"}'
[ -s catalog.json ] || printf "{\"streams\": [$stream, $stream, $stream]}\n" events member_visits tracker_events >catalog.json
[ -e state.json ] || { echo '[]' >state.part && mv state.part state.json; }
case $(cat state.json) in '['*']') ;; *) false ;; esac &&
    ! states | grep -v '^$' | grep -qv '^{.*"stream_descriptor":{"name":"[^"]*".*}$' ||
    stop "$PWD/state.json is damaged. Restore it from a backup, or remove it to read everything again."

mkdir -p records
for run in *.run; do # what a killed run left
    [ ! -e "$run" ] || keep "$run"
done
run=$(date -u +%Y-%m-%dT%H-%M-%SZ)-$$.run
status=0
"$source" read --config config.json --catalog catalog.json --state state.json >"$run" || status=$?
# The last error repeats those of all streams.
messages TRACE "$run" | sed -nE 's/.*"error":\{"message":"(([^"\\]|\\.)*)".*/\1/p' | tail -n 1 | sed 's/\\\(["\\]\)/\1/g' >&2
keep "$run"
exit "$status"
