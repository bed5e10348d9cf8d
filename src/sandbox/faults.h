/* faults: ways to misbehave, for tests: "/fault/KIND/the/real/path". An account reaches one by a base_url that ends in
 * /fault/KIND. */
#ifndef LOWTIDE_SANDBOX_FAULTS_H
#define LOWTIDE_SANDBOX_FAULTS_H

#include "lowtide/local_server.h"

struct fault;

/* The fault that a path or target asks for and, in *rest, what is asked behind it; NULL and the path itself if it asks for
 * none. An unknown KIND is none: the path is then nobody's, 404. */
const struct fault *fault_find(const char *path, const char **rest);

/* The answer that would have been right. */
struct fault_right {
  const char *target; /* behind the fault, with its query */
  int status;
  const char *body;
  size_t length;
};

void fault_answer(const struct fault *fault, const struct fault_right *right, struct local_script *script);

#endif
