#!/usr/bin/env bash
# What action.yml runs: action.sh WASM-DIET. The inputs are in the environment, and what is said goes to the job's summary.
set -euo pipefail
wasm_diet="$1"

# The bash of macOS takes an empty list for a variable that is not set: hence the + below.
options=()
budget() {
    if [ -n "$2" ]; then options+=("$1" "$2"); fi
}
budget --max-size "${MAX_SIZE:-}"
budget --max-gzip "${MAX_GZIP:-}"
budget --max-brotli "${MAX_BROTLI:-}"
budget --baseline "${BASELINE:-}"
budget --max-growth "${MAX_GROWTH:-}"

if [ -n "${OLD:-}" ]; then
    "$wasm_diet" diff "$OLD" "$FILE" --compressed --markdown ${options[@]+"${options[@]}"} >>"$GITHUB_STEP_SUMMARY"
else
    "$wasm_diet" inspect "$FILE" --compressed --markdown ${options[@]+"${options[@]}"} >>"$GITHUB_STEP_SUMMARY"
fi
