#ifndef API_V1_INIT_H
#define API_V1_INIT_H

/*
 * Deferred initialisation (contract v1-server §1.11): a server of a warm pool starts dormant and
 * refuses everything but the public routes until POST /api/init has delivered its keys, paths and
 * environment.
 *
 *     dormant ── POST ──▶ initializing ──▶ ready
 *        ▲                     │
 *        └───── failure ───────┘
 *
 * Owned by app; exists only with deferred_init. It owns the configuration that init makes; the one
 * of the start stays, because parts of the server borrow from it.
 */

#include <stdbool.h>

struct init_state;

struct init_state *init_new(void);
void init_free(struct init_state *init);
bool init_is_ready(const struct init_state *init);
/* "dormant", "initializing", "ready" */
const char *init_state_name(const struct init_state *init);

#endif
