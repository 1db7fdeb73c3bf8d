# shellcheck shell=bash
# Stages of scripts/test: each has a name, a budget and a limit, runs to its end, and is counted by what its runner said.

# A stage that takes longer than this hangs. Budgets are for a warm build on two cores; a cold build may take many times as long.
readonly STAGE_LIMIT_S=2700

PASSED=0 FAILED=0
REPORT=()

# stage NAME BUDGET_S COMMAND...: runs, shows its output, counts; returns the command's verdict.
stage() {
  local -r name=$1 budget=$2 began=$(now_ms)
  shift 2
  local -r log=$LOGS/$name.log
  printf '\n== %s (budget %s s): %s\n' "$name" "$budget" "$*"
  local code=0
  "$@" 2>&1 | tee "$log" || code=$?
  count "$log" "$code"
  local verdict=ok
  if ((code == 124)); then verdict="FAILED (limit of $STAGE_LIMIT_S s)"; elif ((code != 0)); then verdict='FAILED'; fi
  if (($(now_ms) - began > budget * 1000)); then verdict+=', over budget'; fi
  REPORT+=("$(printf '%-12s budget %5s s   took %9s   %s' "$name" "$budget" "$(since "$began")" "$verdict")")
  printf '== %s: %s in %s\n' "$name" "$verdict" "$(since "$began")"
  return "$code"
}

# Runs a program within the limit. --foreground: a Ctrl-C in the terminal reaches it.
limited() { timeout --foreground "$STAGE_LIMIT_S" "$@"; }

# Adds what the runner's closing lines say. A stage that fails without a failed test (a compile error, a format) is one failure.
count() {
  local -r log=$1 code=$2
  local passed failed
  read -r passed failed < <(sed -E 's/\x1b\[[0-9;]*m//g' "$log" | awk '
    # nextest: "Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped"; what ran and did not pass has failed.
    /Summary \[/ && match($0, /[0-9]+(\/[0-9]+)? tests? run/) {
      split(substr($0, RSTART), words, /[ \/]/); ran = words[1]
      good = match($0, /[0-9]+ passed/) ? substr($0, RSTART) + 0 : 0
      passed += good; failed += ran - good
    }
    # cargo test: "test result: ok. 3 passed; 1 failed; ..."
    /^test result:/ {
      if (match($0, /[0-9]+ passed/)) passed += substr($0, RSTART) + 0
      if (match($0, /[0-9]+ failed/)) failed += substr($0, RSTART) + 0
    }
    END { print passed + 0, failed + 0 }')
  if ((code != 0 && failed == 0)); then failed=1; fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
}

# A stage that could not run is a failure, not a silence.
skip_stage() {
  FAILED=$((FAILED + 1))
  REPORT+=("$(printf '%-12s not run: %s' "$1" "$2")")
}

print_report() {
  printf '\n'
  printf '%s\n' "${REPORT[@]}"
  printf '%s passed, %s failed\n' "$PASSED" "$FAILED"
}
