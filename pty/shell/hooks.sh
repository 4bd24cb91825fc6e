__ad_e=$(printf '\033]7077;%s;' "$__ad_k") __ad_g=$(printf '\007') __ad_o= __ad_c= __ad_1=
__ad_u=$(uname -n) __ad_u=${USER:-$(id -un 2>/dev/null)}\;${__ad_u%%.*} __ad_y=$(command -v python) __ad_i=
case ${KSH_VERSION-} in
'') __ad_w() { command printf %s "$1"; } ;;
*) __ad_w() { \print -rn -- "$1"; } ;;
esac
case $(readlink /proc/$$/exe) in
*mksh*) __ad_o=$(printf '\001') __ad_c=$__ad_o __ad_1=$(printf '\001\r') ;;
*busybox | *bash) __ad_o='\[' __ad_c='\]' ;;
esac
__ad_1=$__ad_1$__ad_o$__ad_e'D;${__ad_i-};$?;${!-};$__ad_u;$PWD;$__ad_y'$__ad_g$__ad_e'A'$__ad_g$__ad_c
__ad_2=$__ad_o$__ad_e'B'$__ad_g$__ad_c
__ad_3=$__ad_o$__ad_e'P'$__ad_g$__ad_c
__ad_b() {
  case $- in *e*) __ad_s=0 ;; esac
  __ad_w "${__ad_e}C;$__ad_i;0$__ad_g" 2>/dev/null >/dev/tty
  return "$__ad_s"
}
__ad_p() {
  __ad_s=$?
  __ad_w "${__ad_e}D;$__ad_i;$__ad_s;${!-};$__ad_u;$PWD;$__ad_y$__ad_g" 2>/dev/null >/dev/tty
  __ad_i=
  __ad_q
  case $- in *e*) return 0 ;; esac
  return "$__ad_s"
}
__ad_q() {
  case ${PS1-} in "$__ad_1"*"$__ad_2") ;; *) PS1=$__ad_1${PS1-}$__ad_2 ;; esac
  case ${PS2-} in *"$__ad_3") ;; *) PS2=${PS2-}$__ad_3 ;; esac
}
__ad_q
