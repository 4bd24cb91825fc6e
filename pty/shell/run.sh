__ad_s=$? __ad_t= __ad_f=
[ -r "$__ad_d/c" ] && . "$__ad_d/c"
[ -n "$__ad_f" ] && command stty sane
