__ad_s=$?
__ad_x=lost; if \builtin declare -F __ad_p >/dev/null 2>&1; then case ${PROMPT_COMMAND[7077]-} in "$__ad_h") __ad_x=ok;; esac; else . "$__ad_d/hooks"; fi
PROMPT_COMMAND[7077]=$__ad_h
(\builtin exit "$__ad_s")
{ __ad_p "Q;$__ad_x;${__ad_i-}"; } 2>/dev/null
