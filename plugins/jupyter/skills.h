#ifndef PLUGINS_JUPYTER_SKILLS_H
#define PLUGINS_JUPYTER_SKILLS_H

/*
 * What kernels run of our own Python code, plugins/jupyter/python, installed as
 * share/actiond/python.
 *
 * The agent skills (contract v0-action-execution §6.6): the code that makes their names known to
 * every cell. Ours are taken also where an image brings the package that agents know: importing
 * that one takes ten seconds and 300 MB. Its other modules stay importable beside ours.
 *
 * Our package edits files through `actiond --editor` (editor_service.h), whose path the code sets.
 */

struct buf;

/* Both append code, and look at the disk for a moment. */
void jupyter_skills_code(struct buf *out); /* for jupyter_options.startup_code */
/* Gives cells what their children print (actiond_streams.py). */
void jupyter_streams_code(struct buf *out);

#endif
