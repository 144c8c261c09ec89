/* Built for a version of the interface that does not exist yet. */
#include "embed/extension_abi.h"

static const struct hawser_extension table = {.abi_version = HAWSER_EXTENSION_ABI + 1,
                                              .size = sizeof(struct hawser_extension)};

const struct hawser_extension* hawser_extension_entry(uint32_t abi_version);

const struct hawser_extension* hawser_extension_entry(uint32_t abi_version) {
  (void)abi_version;
  return &table;
}
