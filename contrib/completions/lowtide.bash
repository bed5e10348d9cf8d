# bash completion for lowtide
_lowtide() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="check update run monitor status history forecast set topup push replay guard mute unmute ack usage import cleanup register doctor providers test"
  local options="--config --help"
  case "$before" in
  --config | --body) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
  --or-sandbox) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
  --since | --keep | --expires | --account | --status | --set | --unit | --need | --max-age | --url) return ;;
  esac
  case "${COMP_WORDS[1]}" in
  check) options+=" --json --raw" ;;
  update | status | forecast | usage | doctor) options+=" --json" ;;
  providers) options+=" --json --body --status --set --unit" ;;
  run | monitor) options+=" --or-sandbox" ;;
  history) options+=" --since --json --csv --chart --light" ;;
  replay) options+=" --since --json" ;;
  guard) options+=" --need --max-age --json" ;;
  topup) options+=" --expires" ;;
  import) options+=" --account" ;;
  cleanup) options+=" --keep" ;;
  register) options+=" --print --replace --slack-manifest --url" ;;
  -*) options+=" --json --raw --version" ;;
  esac
  case "$word" in
  -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") && return ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  elif [ "${COMP_WORDS[1]}" = import ] || { [ "${COMP_WORDS[1]}" = push ] && [ "$COMP_CWORD" -gt 2 ]; }; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _lowtide lowtide
