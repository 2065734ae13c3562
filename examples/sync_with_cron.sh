#!/bin/sh
# Your community in JSON Lines files, with nothing but the connector's console script. For cron, which
# knows no PATH but /usr/bin:/bin, so that the connector is named in full:
#
#   SOURCE_CIRCLE_EVENTS=/home/you/circle/.venv/bin/source-circle-events
#   */15 * * * *  flock -n ~/circle/lock ~/circle/sync_with_cron.sh ~/circle
#
# Without that line, the one in .venv of the directory is taken. The directory holds config.json
# (yours: {"api_token": "..."}) and what this script makes:
#   records/*.jsonl   one file a run, one record a line: {"type": "RECORD", "record": {...}}
#   state.json        how far each stream has been read
#   catalog.json      the streams to read; take out of it what you do not need
#
# A run that fails half-way keeps what it received, and the next one goes on from there. A record may
# come twice, never not at all: drop repeated ids when loading.
set -eu
umask 077
cd "$1"
source=${SOURCE_CIRCLE_EVENTS:-$PWD/.venv/bin/source-circle-events}
command -v "$source" >/dev/null || {
    echo "$source: not found. Name the connector in full: SOURCE_CIRCLE_EVENTS=/path/to/it" >&2
    exit 1
}
mkdir -p records

# The messages of a type in what a run put out. Whole lines only: if the run was killed, the last one
# may be cut off.
messages() {
    head -n "$(wc -l <"$2")" "$2" | LC_ALL=C grep "^{\"type\":\"$1\"" || [ $? -eq 1 ]
}

# Why it failed, each sentence once: the connector says it for every stream, and then for all.
say_why() {
    messages TRACE "$1" | sed -nE 's/.*"error":\{"message":"(([^"\\]|\\.)*)".*/\1/p' |
        sed 's/\\"/"/g; s/\\\\/\\/g' |
        awk '{ for (said in seen) { while (place = index($0, said))
                   $0 = substr($0, 1, place - 1) substr($0, place + length(said)) } }
             /[^ ]/ { seen[$0]; print }' >&2
}

# The last state of each stream, as a JSON list with one state a line.
states() {
    { sed 's/^\[//; s/\]$//; s/,$//' state.json; messages STATE "$1" |
        sed 's/^{"type":"STATE","state":\(.*\)}$/\1/'; } |
        awk 'match($0, /"stream_descriptor":\{"name":"[^"]*"/) {
                 last[substr($0, RSTART, RLENGTH)] = $0
             }
             END {
                 printf "["
                 for (name in last) { printf "%s%s", separator, last[name]; separator = ",\n" }
                 print "]"
             }'
}

# What a run put out becomes its records, then the state that goes with them: a power cut in between
# makes records come twice. Files appear whole or not at all, under another name first.
keep() {
    messages RECORD "$1" >records.part
    states "$1" >state.part
    [ ! -s records.part ] || mv records.part "records/${1%.run}.jsonl"
    mv state.part state.json
    rm -f "$1" records.part
}

configured() {
    printf '{"stream": {"name": "%s", "json_schema": {"type": "object"}, ' "$1"
    printf '"supported_sync_modes": ["full_refresh", "incremental"], "source_defined_cursor": true}, '
    printf '"sync_mode": "incremental", "destination_sync_mode": "append"}'
}

[ -s state.json ] || echo '[]' >state.json
[ -s catalog.json ] || printf '{"streams": [\n%s,\n%s,\n%s\n]}\n' "$(configured events)" \
    "$(configured member_visits)" "$(configured tracker_events)" >catalog.json

for run in *.run; do # what a run left that was killed
    [ ! -e "$run" ] || keep "$run"
done

run=$(date -u +%Y-%m-%dT%H-%M-%SZ).run
status=0
"$source" read --config config.json --catalog catalog.json --state state.json >"$run" || status=$?
say_why "$run"
keep "$run"
exit "$status"
