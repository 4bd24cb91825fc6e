{ __ad_s=$?; __ad_x=; case $- in *x*) __ad_x=1; \builtin set +x;; esac; } 2>/dev/null
__ad_l=${READLINE_LINE-} __ad_lp=${READLINE_POINT-} __ad_t= __ad_f=
[[ -r $__ad_d/c ]] && . "$__ad_d/c"
[[ $__ad_x ]] && __ad_t='{ set -x; } 2>/dev/null
'$__ad_t
\builtin declare -F __ad_p __ad_b >/dev/null 2>&1 || . "$__ad_d/hooks"
__ad_x=
case ${PROMPT_COMMAND[7077]-} in "$__ad_h") ;; *) PROMPT_COMMAND[7077]=$__ad_h;; esac 2>/dev/null
case ${PROMPT_COMMAND[7077]-} in "$__ad_h") ;; *) __ad_x='; __ad_p';; esac
\builtin export -n __ad_s __ad_x __ad_l __ad_lp __ad_i __ad_t __ad_f
READLINE_LINE=" $__ad_f"'__ad_b; \builtin eval "$__ad_t"'"$__ad_x" READLINE_POINT=199
