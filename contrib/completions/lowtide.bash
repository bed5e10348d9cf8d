# bash completion for lowtide
_lowtide() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="check update run monitor status history set topup cleanup import doctor providers test"
  case "$before" in
  --config) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
  esac
  case "$word" in
  -*) mapfile -t COMPREPLY < <(compgen -W "--config --json --help --version" -- "$word") && return ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  elif [ "${COMP_WORDS[1]}" = import ]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _lowtide lowtide
