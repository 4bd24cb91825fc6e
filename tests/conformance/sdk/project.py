"""A C project of some thousand files: what an agent clones, builds, tests and changes."""

UNITS = 60
PAGES = 3000

MAKEFILE = """\
CFLAGS = -O1 -Wall
UNITS = $(patsubst %.c,%.o,$(wildcard src/unit_*.c))

all: program
program: src/main.o $(UNITS)
\t$(CC) -o $@ $^
test: program
\tsh tests/run.sh
.PHONY: all test
"""

# Runs in the empty project directory and leaves a repository with one commit behind.
CREATE = f"""
set -e
mkdir -p src tests docs
for n in $(seq 1 {UNITS}); do
    printf 'int unit_%d(int x)\\n{{\\n    return x + %d;\\n}}\\n' $n $n > src/unit_$n.c
done
{{
    echo '#include <stdio.h>'
    for n in $(seq 1 {UNITS}); do echo "int unit_$n(int x);"; done
    echo 'int main(void)'
    echo '{{'
    echo '    int sum = 0;'
    for n in $(seq 1 {UNITS}); do echo "    sum = unit_$n(sum);"; done
    printf '    printf("%%d\\\\n", sum);\n'
    echo '    return 0;'
    echo '}}'
}} > src/main.c
echo 'test "$(./program)" = {UNITS * (UNITS + 1) // 2} && echo "1 passed"' > tests/run.sh
awk 'BEGIN {{
    for (n = 1; n <= {PAGES}; n++) {{
        file = "docs/page_" n ".md"
        print "# Page " n > file
        close(file)
    }}
}}'
printf 'program\\n*.o\\n' > .gitignore
git init -q -b main
git config user.name Agent
git config user.email agent@example.com
git add .
git commit -q -m 'Initial import'
git ls-files | wc -l
"""
# The sources, the pages, and Makefile, main.c, run.sh and .gitignore.
FILES = UNITS + PAGES + 4
