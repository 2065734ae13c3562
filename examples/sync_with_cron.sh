#!/bin/sh
# Your community in JSON Lines files, with nothing but the connector's console script and jq. For cron:
#
#   */15 * * * *  flock -n ~/circle/lock ~/sync_with_cron.sh ~/circle
#
# The directory holds config.json (yours: {"api_token": "..."}) and what this script makes:
#   records/*.jsonl   one file a run, one record a line: {"type": "RECORD", "record": {...}}
#   state.json        how far each stream has been read
#   catalog.json      the streams to read; delete it to have it made anew
#
# A run that fails half-way keeps what it received, and the next one goes on from there. A record may
# come twice, never not at all: drop repeated ids when loading.
set -eu
umask 077
source=${SOURCE_CIRCLE_EVENTS:-source-circle-events}
cd "$1"
mkdir -p records

# The messages of a type in what a run put out. Whole lines only: if the run was killed, the last one
# may be cut off. Untouched by jq, which would round long numbers.
messages() {
    head -n "$(wc -l <"$2")" "$2" | LC_ALL=C grep "^{\"type\":\"$1\"" || [ $? -eq 1 ]
}

say_why() {
    messages TRACE "$1" | jq -r '.trace.error.message // empty' >&2
}

# What a run put out becomes its records, then the state that goes with them: a power cut in between
# makes records come twice. Files appear whole or not at all, under another name first.
keep() {
    messages RECORD "$1" >records.part
    messages STATE "$1" | jq -n --slurpfile old state.json '
        reduce (inputs.state) as $new
            ($old[0] | map({key: .stream.stream_descriptor.name, value: .}) | from_entries;
             .[$new.stream.stream_descriptor.name] = $new)
        | [.[]]' >state.part
    [ ! -s records.part ] || mv records.part "records/${1%.run}.jsonl"
    mv state.part state.json
    rm -f "$1" records.part
}

[ -s state.json ] || echo '[]' >state.json
if [ ! -s catalog.json ]; then
    "$source" discover --config config.json >discover.part || { say_why discover.part; exit 1; }
    messages CATALOG discover.part | jq '{streams: [
        .catalog.streams[]
        | {stream: ., sync_mode: "incremental", destination_sync_mode: "append"}
    ]}' >catalog.part
    mv catalog.part catalog.json
    rm discover.part
fi

for run in *.run; do # what a run left that was killed
    [ ! -e "$run" ] || keep "$run"
done

run=$(date -u +%Y-%m-%dT%H-%M-%SZ).run
status=0
"$source" read --config config.json --catalog catalog.json --state state.json >"$run" || status=$?
say_why "$run"
keep "$run"
exit "$status"
