# What shells read when they start in a terminal; pty/shell.h says what each file is for.
foreach(file hooks.bash run.bash query.bash hooks.zsh hooks.sh run.sh)
    string(REPLACE "." "_" symbol "shell_${file}")
    embed_file(pty pty/shell/${file} ${symbol})
endforeach()
