#include "plugins/jupyter/skills.h"

#include <stdlib.h>

#include "actions/program_files.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define PACKAGE "openhands.runtime.plugins.agent_skills.agentskills"
#define IMPORT  "from " PACKAGE " import *\n"

void jupyter_skills_code(struct buf *out)
{
    scoped_free char *folder = program_files_shared(STR("python"));
    scoped_free char *program = program_files_self();
    if (folder == NULL) {
        buf_append(out, STR(IMPORT));
        return;
    }
    buf_append(out, STR("import sys\nsys.path.insert(0, "));
    jsonw_quote(out, str_from(folder));
    buf_append(out, STR(")\nimport openhands.runtime.plugins.agent_skills.editing as _editing\n"
                        "_editing.PROGRAM = "));
    jsonw_quote(out, program == NULL ? STR("") : str_from(program));
    buf_append(out, STR("\ndel _editing\n" IMPORT));
}

void jupyter_streams_code(struct buf *out)
{
    scoped_free char *file = program_files_shared(STR("python/actiond_streams.py"));
    if (file == NULL)
        return;
    buf_append(out, STR("exec(open("));
    jsonw_quote(out, str_from(file));
    buf_append(out, STR(").read(), {})"));
}
