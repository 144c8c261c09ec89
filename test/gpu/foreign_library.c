#include <stddef.h>

int something_else(void);
size_t foreign_version(void);

int something_else(void) {
  return 0;
}

size_t foreign_version(void) {
  return 91902;
}
