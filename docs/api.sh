#!/usr/bin/env bash
# Runs every call of the API against a running server and checks the status of each answer.
#
# usage: docs/api.sh [URL]        (default http://127.0.0.1:8080)
#
# Needs bash, curl and jq, and the recordings in audio-samples/. It prints one line a call and
# exits with 1 when an answer had another status than the one named. It adds a case of its own on
# every run, and changes nothing that was there before.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${1:-http://127.0.0.1:8080}
api=$base/api/v1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
body=$work/body
headers=$work/headers
failures=0
calls=0

# call STATUS METHOD URL [curl arguments]: STATUS may be several, as in 200|409.
call() {
    local wanted=$1 method=$2 url=$3 got
    shift 3
    : >"$body"
    : >"$headers"
    # curl's own failure, such as the time limit of the event stream, shows in the status.
    got=$(curl -sS -X "$method" -o "$body" -D "$headers" -w '%{http_code}' "$@" "$url" 2>"$work/curl") || true
    calls=$((calls + 1))
    if [[ $got =~ ^($wanted)$ ]]; then
        echo "ok   $got $method ${url#"$base"}"
    else
        echo "FAIL $got instead of $wanted: $method ${url#"$base"}: $(head -c 600 "$body") $(cat "$work/curl")"
        failures=$((failures + 1))
    fi
}

# send STATUS METHOD URL JSON [curl arguments]
send() {
    local wanted=$1 method=$2 url=$3 json=$4
    shift 4
    call "$wanted" "$method" "$url" -H 'Content-Type: application/json' --data "$json" "$@"
}

# holds TEXT JQ: the last answer must satisfy the expression.
holds() {
    if ! jq -e "$2" "$body" >/dev/null 2>&1; then
        echo "FAIL $1: $(head -c 600 "$body")"
        failures=$((failures + 1))
    fi
}

# Without this value nothing below makes sense, so its absence ends the run.
take() {
    jq -er "$1" "$body" || { echo "FAIL no $1 in: $(head -c 600 "$body")" >&2; exit 1; }
}

header() {
    tr -d '\r' <"$headers" | awk -v name="$1:" 'tolower($1) == name { print $2; exit }'
}

# Waits until a recording has left the state "pending", at most about a minute.
analysed() {
    local tries
    for ((tries = 0; tries < 240; tries++)); do
        curl -sS -o "$body" "$api/recordings/$1"
        [ "$(jq -r .state "$body")" != pending ] && return
        sleep 0.25
    done
    echo "FAIL recording $1 is still pending"
    exit 1
}

# Two recordings of the demo with one channel each: the files that the suspects are enrolled from.
sample() {
    local file
    file=$(awk -F, -v row="$1" 'NR == row { sub(/\r$/, ""); print $4 }' audio-samples/suspects.csv)
    if [ -e "audio-samples/$file" ]; then echo "audio-samples/$file"; else echo "$file"; fi
}
left_file=$(sample 2)
right_file=$(sample 3)
case_no=API-$(date +%s)-$$
unknown=00000000-0000-7000-8000-000000000000

echo "# Health"
call 200 GET "$base/healthz"
call 200 GET "$base/readyz"
call 200 GET "$base/metrics"
call 200 GET "$base/api/openapi.json"
holds "OpenAPI 3.1" '.openapi | startswith("3.1")'
call 200 GET "$base/api/docs" -L
call 200 GET "$api/models"
call 200 GET "$api/limits"

echo "# Cases"
send 201 POST "$api/cases" "{\"case_no\":\"$case_no\",\"title\":\"API guide\"}" -H "Idempotency-Key: $case_no"
case_id=$(take .id)
send 201 POST "$api/cases" "{\"case_no\":\"$case_no\",\"title\":\"API guide\"}" -H "Idempotency-Key: $case_no"
holds "the same answer again" ".id == \"$case_id\""
send 422 POST "$api/cases" "{\"case_no\":\"$case_no-b\"}" -H "Idempotency-Key: $case_no"
send 409 POST "$api/cases" "{\"case_no\":\"$case_no\"}"
call 200 GET "$api/cases?limit=1"
call 200 GET "$api/cases/$case_id"
etag=$(header etag)
send 200 PATCH "$api/cases/$case_id" '{"note":"first note"}' -H "If-Match: $etag"
send 412 PATCH "$api/cases/$case_id" '{"note":"too late"}' -H "If-Match: $etag"
send 428 PATCH "$api/cases/$case_id" '{"note":"on what version?"}'

echo "# Recordings"
call 201 POST "$api/recordings" -F "case_no=$case_no" -F caller=13800000000 \
    -F callee=13900000000 -F started_at=2026-01-02T03:04:05Z -F direction=inbound -F "file=@$left_file"
left=$(take .recording.id)
analyse_job=$(take .job_id)
sha256=$(take .recording.sha256)
call 200 GET "$base$(header location)"
call 200 POST "$api/recordings" -F "case_no=$case_no" -F "file=@$left_file"
holds "already there" '.already_there == true'
call 201 POST "$api/recordings?filename=raw-$(basename "$right_file")&case_no=$case_no" \
    -H 'Content-Type: application/octet-stream' --data-binary "@$right_file"
right=$(take .recording.id)
analysed "$left"
analysed "$right"
call 200 GET "$api/recordings?limit=1"
cursor=$(jq -r '.next_cursor // empty' "$body")
[ -z "$cursor" ] || call 200 GET "$api/recordings?limit=1&cursor=$cursor"
call 200 GET "$api/recordings?case_no=$case_no"
holds "two recordings in the case" '.items | length == 2'
call 200 GET "$api/recordings?case_id=$case_id&state=analysed"
call 200 GET "$api/recordings?sha256=$sha256"
call 200 GET "$api/recordings/$left"
holds "analysed" '.state == "analysed"'
call 200 GET "$api/recordings/$left/audio"
call 206 GET "$api/recordings/$left/audio" -H 'Range: bytes=0-99'
call 416 GET "$api/recordings/$left/audio" -H 'Range: bytes=999999999999-'
call 200 GET "$api/recordings/$left/peaks?channel=0&points=200"
call 200 GET "$api/recordings/$left/segments"
revision=$(header etag)
jq '{segments: [.segments[] | del(.voice_id)], author: "api script", reason: "nothing is changed"}' \
    "$body" >"$work/segments"
call 428 PUT "$api/recordings/$left/segments" \
    -H 'Content-Type: application/json' --data @"$work/segments"
call 202 PUT "$api/recordings/$left/segments" \
    -H 'Content-Type: application/json' -H "If-Match: $revision" --data @"$work/segments"
redescribed=$(header location)
for _ in $(seq 100); do
    call 200 GET "$base$redescribed"
    [ "$(take .state)" = "done" ] && break
    sleep 0.2
done
holds "the voices are made anew" '.state == "done"'
call 412 PUT "$api/recordings/$left/segments" \
    -H 'Content-Type: application/json' -H "If-Match: $revision" --data @"$work/segments"
call 200 GET "$api/recordings/$left/segments?revision=1"
call 200 GET "$api/recordings/$left/spectrogram?zoom=2"
call 404 GET "$api/recordings/$left/spectrogram?zoom=2&tile=9999"

echo "# Voices"
call 200 GET "$api/recordings/$left/voices"
left_voice=$(take '.items[0].id')
call 200 GET "$api/recordings/$right/voices"
right_voice=$(take '.items[0].id')
call 200 GET "$api/voices/$left_voice"

echo "# Subjects and enrolments"
send 201 POST "$api/subjects" '{"name":"API guide","class":"suspect"}'
subject=$(take .id)
call 200 GET "$api/subjects?limit=1"
call 200 GET "$api/subjects/$subject"
etag=$(header etag)
send 200 PATCH "$api/subjects/$subject" '{"note":"made by the API guide"}' -H "If-Match: $etag"
send 201 POST "$api/subjects/$subject/enrolments" "{\"voice_ids\":[\"$left_voice\"],\"ground\":\"API guide\"}"
enrolment=$(take .id)
send '201|202' POST "$api/subjects/$subject/enrolments" \
    "{\"recording_id\":\"$right\",\"ground\":\"API guide\",\"expires_at\":\"2100-01-01T00:00:00Z\"}"
call 200 GET "$api/subjects/$subject/enrolments"
call '200|204' DELETE "$api/subjects/$subject/enrolments/$enrolment"

echo "# Calibrations"
call 200 GET "$api/calibrations"
calibration=$(take '.items[] | select(.state == "active") | .id')
call 200 GET "$api/calibrations/$calibration"
jq --arg name "api-$case_no" '{file: .file | sub("\nname = [^\n]*"; "\nname = \"\($name)\"")}' \
    "$body" >"$work/calibration"
send 409 POST "$api/calibrations" "$(jq '{file}' "$body")"
call 201 POST "$api/calibrations" -H 'Content-Type: application/json' --data @"$work/calibration"
own=$(take .id)
holds "available, not active" '.state == "available" and .in_use == false'
send 422 POST "$api/calibrations" '{"file":"name = 1"}'
send 200 POST "$api/calibrations/$own/activate" '{"reason":"API guide"}'
send 409 POST "$api/calibrations/$own/retire" '{"reason":"it is in use"}'
send 200 POST "$api/calibrations/$calibration/activate" '{}'
send 422 POST "$api/calibrations/$own/retire" '{"reason":""}'
send 200 POST "$api/calibrations/$own/retire" '{"reason":"made by the API guide"}'
send 409 POST "$api/calibrations/$own/activate" '{}'
call '200|422' GET "$api/calibrations/trials.csv"
call '200|422' GET "$api/calibrations/trials.csv?from=enrolments,confirmed,rejected&proposed_by=person"
call 422 GET "$api/calibrations/trials.csv?from=groups"

echo "# Populations"
send 201 POST "$api/populations" "{\"name\":\"$case_no\",\"selection\":{\"case_id\":\"$case_id\"}}"
population=$(take .id)
holds "two voices or more" '.versions[0].voices >= 2'
send 409 POST "$api/populations" "{\"name\":\"$case_no\"}"
send 422 POST "$api/populations" "{\"name\":\"$case_no-b\",\"selection\":{\"min_net_speech_ms\":2,\"max_net_speech_ms\":1}}"
send 201 POST "$api/populations/$population/versions" '{"reason":"API guide"}'
holds "the newest version first" '[.versions[].version] == [2, 1]'
call 200 GET "$api/populations?limit=1"
call 200 GET "$api/populations/$population"
call 200 GET "$api/populations/$population/versions/1/members?limit=1"
holds "a member" '.items[0].voiceprint_id | type == "string"'
call 404 GET "$api/populations/$population/versions/3/members"
echo "# Watch lists, rules, alerts and partners"
send 201 POST "$api/watchlists" "{\"name\":\"$case_no\",\"purpose\":\"API guide\",\"ground\":\"API guide\",\"owner\":\"API guide\",\"expires_at\":\"$(date -u -d '+1 day' +%FT%TZ)\"}"
list=$(take .id)
etag=$(header etag)
call 200 GET "$api/watchlists?limit=1"
call 200 GET "$api/watchlists/$list"
send 201 POST "$api/watchlists/$list/members" "{\"kind\":\"subject\",\"subject_id\":\"$subject\",\"reason\":\"API guide\"}"
send 201 POST "$api/watchlists/$list/members" '{"kind":"number","value":"0086 138-0013-8000","reason":"API guide"}'
member=$(take .id)
holds "a number as it is compared" '.value == "+8613800138000"'
call 200 GET "$api/watchlists/$list/members"
send 200 POST "$api/watchlists/$list/members/$member/remove" '{"reason":"API guide"}'
send 422 POST "$api/rules" "{\"name\":\"$case_no\",\"owner\":\"API guide\",\"reason\":\"too high\",\"condition\":{\"kind\":\"subject_heard\",\"min_log10_lr\":9}}"
send 201 POST "$api/rules" "{\"name\":\"$case_no\",\"owner\":\"API guide\",\"reason\":\"API guide\",\"condition\":{\"kind\":\"subject_heard\",\"watch_list_id\":\"$list\",\"min_log10_lr\":2}}"
rule=$(take .id)
etag_of_rule=$(header etag)
call 200 GET "$api/rules"
call 200 GET "$api/rules/$rule"
holds "no false rate without a decision" '.reverse_check.false_rate == null'
send 200 POST "$api/rules/$rule/check" '{"limit":20}'
holds "nothing more than was looked at" '.alerts <= .count'
send 409 POST "$api/rules/$rule/raise" '{"reason":"API guide"}'
send 200 PATCH "$api/rules/$rule" '{"state":"active","reason":"API guide"}' -H "If-Match: $etag_of_rule"
etag_of_rule=$(header etag)
send 200 POST "$api/rules/$rule/raise" '{"limit":20,"reason":"API guide"}'
holds "what was raised for the past" '.alerts >= 0 and .repeats >= 0'
send 409 PATCH "$api/rules/$rule" '{"state":"draft","reason":"API guide"}' -H "If-Match: $etag_of_rule"
send 200 PATCH "$api/rules/$rule" '{"state":"retired","reason":"API guide"}' -H "If-Match: $etag_of_rule"
send 200 PATCH "$api/watchlists/$list" '{"expires_at":"2000-01-01T00:00:00Z","reason":"API guide"}' -H "If-Match: $etag"
call 200 GET "$api/alerts?state=open"
holds "alerts by state" '.counts | has("open") and has("acknowledged") and has("disposed")'
call 404 GET "$api/alerts/$unknown"
send 404 POST "$api/alerts/$unknown/acknowledge" '{"author":"API guide"}'
send 404 POST "$api/alerts/$unknown/disposition" '{"outcome":"false","author":"API guide","reason":"API guide"}'
send 422 POST "$api/webhooks" "{\"name\":\"$case_no\",\"url\":\"https://10.0.0.1/\"}"
send 201 POST "$api/webhooks" "{\"name\":\"$case_no\",\"url\":\"https://partner.invalid/\",\"rule_ids\":[\"$rule\"]}"
webhook=$(take .id)
holds "a secret" '.secret | startswith("whsec_")'
call 200 GET "$api/webhooks"
call 200 GET "$api/webhooks/$webhook"
etag=$(header etag)
holds "no secret" 'has("secret") | not'
send 202 POST "$api/webhooks/$webhook/test" '{}'
delivery=$(take .id)
call 200 GET "$api/webhooks/$webhook/deliveries?state=pending"
call 200 GET "$api/webhooks/$webhook/deliveries/$delivery"
send 409 POST "$api/webhooks/$webhook/deliveries/$delivery/retry" '{}'
send 200 POST "$api/webhooks/$webhook/secret" '{"reason":"API guide"}'
send 401 POST "$api/webhooks/$webhook/reports" "{\"alert_id\":\"$unknown\",\"action\":\"number_stopped\"}"
send 200 PATCH "$api/webhooks/$webhook" '{"state":"retired","reason":"API guide"}' -H "If-Match: $etag"

echo "# Searches and comparisons"
send 201 POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"against\":\"all\",\"top_k\":5,\"exact\":true,\"case_id\":\"$case_id\",\"purpose\":\"API guide\"}"
search=$(take .id)
holds "operating points from the most lenient" '[.operating_points[].expected_false] | . == (sort | reverse)'
holds "subjects in order of rank" '[.subjects[].rank] == [range(1; (.subjects | length) + 1)]'
holds "candidates in order of rank" '[.candidates[].rank] == [range(1; (.candidates | length) + 1)]'
send 201 POST "$api/searches" "{\"recording_id\":\"$right\",\"against\":\"subjects\"}"
call 200 GET "$api/searches"
call 200 GET "$api/searches/$search"
send 201 POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"case_id\":\"$case_id\",\"filters\":{\"exclude_own_case\":true,\"bandwidth\":\"narrowband\",\"started_from\":\"2020-01-01T00:00:00Z\"}}"
holds "what could not be decided" '(.left_out_unknown | type) == "number"'
send 201 POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"filters\":{\"number_prefix\":\"+86\"}}"
send 422 POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"filters\":{\"colour\":\"red\"}}"
send 200 POST "$api/searches/batch" "{\"probes\":{\"case_id\":\"$case_id\"},\"top_k\":1}"
send 422 POST "$api/searches/batch" "{\"top_k\":0}"
send 201 POST "$api/comparisons" "{\"left\":{\"voice_id\":\"$left_voice\"},\"right\":{\"recording_id\":\"$right\"}}"
comparison=$(take .id)
holds "a likelihood ratio" '(.llr | type) == "number" and (.log10_lr | type) == "number"'
call 200 GET "$api/comparisons/$comparison"
call 200 GET "$api/comparisons/$comparison/report?lang=zh"
send 201 POST "$api/comparisons" "{\"left\":{\"voice_id\":\"$left_voice\"},\"right\":{\"subject_id\":\"$subject\"}}"
holds "a subject by one recording" '.subject.recordings == 1'
call 200 GET "$api/comparisons/$(take .id)/report"
# Two voices are too few to measure anything on, and the whole archive may be too.
send 422 POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"population_id\":\"$population\",\"population_version\":1}"
send '201|422' POST "$api/searches" "{\"voice_id\":\"$left_voice\",\"population_id\":\"$population\"}"
send 404 POST "$api/comparisons" "{\"left\":{\"voice_id\":\"$left_voice\"},\"right\":{\"recording_id\":\"$right\"},\"population_id\":\"$unknown\"}"
send 201 POST "$api/comparisons" "{\"left\":{\"voice_id\":\"$right_voice\"},\"right\":{\"voice_id\":\"$left_voice\"}}"

echo "# Entities, events and the one query"
send 201 POST "$api/cases/$case_id/entities" '{"kind":"phone","value":"138 0000 0000","note":"API guide"}'
entity=$(take .entity.id)
holds "the normal form" '.entity.normalised == "+8613800000000"'
send 422 POST "$api/cases/$case_id/entities" '{"kind":"phone","value":"call me"}'
holds "the field is named" '.field == "value" and .found and .expected'
call 200 GET "$api/cases/$case_id/entities?kind=phone&limit=1"
printf 'caller,callee,time,duration\n13800000000,13900000000,2026-01-02 11:04:05,60\n13800000000,13900000000,yesterday,60\n' >"$work/calls.csv"
call 200 POST "$api/imports" -F kind=calls -F "case_no=$case_no" -F dry_run=true -F "file=@$work/calls.csv"
holds "what would become of the rows" '.added == 1 and .refused == 1 and .errors[0].row == 3'
call 202 POST "$api/imports" -F kind=calls -F "case_no=$case_no" -F "file=@$work/calls.csv"
import=$(take .import.id)
for _ in $(seq 100); do
    call 200 GET "$api/imports/$import"
    [ "$(take .import.state)" = "done" ] && break
    sleep 0.2
done
holds "one event and one refusal" '.import.state == "done" and .import.added == 1 and .import.refused == 1'
call '200|202' POST "$api/imports" -F kind=calls -F "case_no=$case_no" -F "file=@$work/calls.csv"
holds "already there" '.already_there == true'
call 422 POST "$api/imports" -F kind=letters -F "case_no=$case_no" -F "file=@$work/calls.csv"
call 404 POST "$api/imports" -F kind=calls -F case_no=no-such-case -F "file=@$work/calls.csv"
call 200 GET "$api/imports?case_id=$case_id"
call 200 GET "$api/cases/$case_id/events?kind=call&from=2026-01-01T00:00:00Z"
holds "joined to its recording" ".items[0].recording_id == \"$left\""
call 200 GET "$api/entities/$entity"
call 200 GET "$api/entities/$entity/events?limit=1"
call 200 GET "$api/cases/$case_id/calls"
holds "one recording has its call record" '[.items[].outcome] | index("joined") != null'
call 200 GET "$api/cases/$case_id/graph"
holds "how much it shows" '.cut.entities_total >= .cut.entities_shown'
call 200 GET "$api/cases/$case_id/shared"
call 200 GET "$api/graph/path?from=case:$case_id&to=entity:$entity"
holds "a path of one edge" '.outcome == "found" and (.steps | length) == 2'
call 404 GET "$api/graph/path?from=group:$unknown&to=entity:$entity"
call 422 GET "$api/graph/path?from=case&to=entity:$entity"
call 200 GET "$api/find?q=138%200000%200000"
holds "found by its normal form" '.entities[0].why[0].way == "exact"'
call 422 GET "$api/find?q="
call 201 POST "$api/find?filename=clip.wav&purpose=API%20guide" --data-binary "@$left_file"
holds "searched" '.searches | length >= 1'

echo "# Links, groups and series"
call 200 GET "$api/links?state=proposed&limit=5"
call 200 GET "$api/links?case_id=$case_id&superseded=true"
call 400 GET "$api/links?state=maybe"
# The two may be linked already, by themselves.
send '201|409' POST "$api/links" "{\"left_voice_id\":\"$left_voice\",\"right_voice_id\":\"$right_voice\"}"
call 200 GET "$api/links?voice_id=$left_voice"
link=$(take "[.items[] | select([.left.voice_id, .right.voice_id] | index(\"$right_voice\"))][0].id")
call 200 GET "$api/links/$link"
etag=$(header etag)
holds "an open link without decisions" '.state == "proposed" and .decisions == []'
send 422 POST "$api/links/$link/decision" '{"decision":"confirm","reason":""}'
send 409 POST "$api/links/$link/decision" '{"decision":"reopen","reason":"nothing was decided"}'
send 200 POST "$api/links/$link/decision" '{"decision":"confirm","reason":"listened to both"}' -H "If-Match: $etag"
holds "confirmed, with its decision" '.state == "confirmed" and (.decisions | length) == 1'
holds "what both sides have" '.shared_now.all_cases >= 1 and (.shared_now.in_calls | type) == "array"'
send 412 POST "$api/links/$link/decision" '{"decision":"reopen","reason":"stale"}' -H "If-Match: $etag"
send 409 POST "$api/links/$link/decision" '{"decision":"reject","reason":"decided already"}'
call 200 GET "$api/groups?case_id=$case_id"
group=$(take '.items[0].id')
call 200 GET "$api/groups/$group"
holds "voices of one core" '(.members | length) >= 2'
call 200 GET "$api/voices/$left_voice"
holds "the voice names its link" "[.links[].id] | index(\"$link\") != null"
call 200 GET "$api/series"
call 200 GET "$api/series?kind=proposed&limit=5"
call 404 GET "$api/series/$unknown"
call 404 GET "$api/groups/$unknown"
send 200 POST "$api/links/$link/decision" '{"decision":"reopen","reason":"made by the API guide"}'
send 200 POST "$api/links/$link/decision" '{"decision":"reject","reason":"made by the API guide"}'
send 422 POST "$api/links" "{\"left_voice_id\":\"$left_voice\",\"right_voice_id\":\"$left_voice\"}"

echo "# Jobs and events"
call 200 GET "$api/jobs"
call 200 GET "$api/jobs/$analyse_job"
send 202 POST "$api/jobs" '{"kind":"index"}'
index_job=$(take .id)
# The job may be done before it can be cancelled, and then it cannot be tried again either.
call '200|409' POST "$api/jobs/$index_job/cancel"
call '200|409' POST "$api/jobs/$index_job/retry"
call 200 GET "$api/events" -N --max-time 1

echo "# Answers to what cannot be done"
call 404 GET "$api/recordings/$unknown"
holds "a problem with a code" '.code and .status == 404 and .request_id'
call 404 GET "$api/nothing-here"
call 405 DELETE "$api/cases"
send 400 POST "$api/cases" '{"case_no":'
send '400|422' POST "$api/cases" '{"case_no":"X","unknown_field":1}'
call 415 POST "$api/cases" -H 'Content-Type: text/plain' --data 'case_no=X'
send '400|404|422' POST "$api/searches" "{\"voice_id\":\"$unknown\"}"
call '400|422' POST "$api/recordings?filename=empty.wav" -H 'Content-Type: application/octet-stream' --data-binary ''

echo
echo "$calls calls, $failures failures"
[ "$failures" -eq 0 ]
