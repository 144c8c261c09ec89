/* What a shared library must offer to be an extension of hawser, in C: nothing of a C++ compiler's or a
 * library's making crosses this border. The library exports one function,
 *
 *   const struct hawser_extension* hawser_extension_entry(uint32_t abi_version);
 *
 * and answers with a table that lives as long as the library does. Versions: a library built for another
 * HAWSER_EXTENSION_ABI is refused. Within one version tables only grow at their end; `size` says how much of
 * a table its maker knew, and what is beyond it is not looked at.
 *
 * Threads: each extension has a thread of its own, and every function of its table is called there, one at a
 * time. Pointers that are handed in are good until the function returns. A function that returns other than 0
 * has failed: the extension is destroyed and made again; no exception may leave it.
 */
#ifndef HAWSER_EXTENSION_ABI_H
#define HAWSER_EXTENSION_ABI_H

#include <stddef.h> /* NOLINT(modernize-deprecated-headers): C */
#include <stdint.h> /* NOLINT(modernize-deprecated-headers): C */

#ifdef __cplusplus
extern "C" {
#endif

#define HAWSER_EXTENSION_ABI 1u

/* Bytes, not ended by 0; texts are UTF-8. */
struct hawser_text {
  const char* data;
  size_t size;
};

/* One entry of [extension.options]. */
struct hawser_option {
  struct hawser_text name;
  struct hawser_text value;
};

enum hawser_prompt { HAWSER_PROMPT_TEXT = 0, HAWSER_PROMPT_CHAT = 1, HAWSER_PROMPT_TOKENS = 2 };

struct hawser_request {
  uint32_t size; /* of this table, in bytes, as everywhere */
  uint32_t prompt_kind;
  uint64_t id;
  struct hawser_text label; /* the client's request id */
  struct hawser_text key;   /* who asks */
  struct hawser_text
      prompt; /* the text; or, of a chat, its JSON: {"messages": [...], ...}; empty for tokens */
  float temperature;
  uint32_t max_tokens; /* 0: as many as the server allows */
};

struct hawser_output {
  uint32_t size;
  uint32_t choice;
  uint64_t id;
  struct hawser_text text;
  uint32_t tokens;
};

struct hawser_end {
  uint32_t size;
  uint32_t refused; /* 1: never admitted */
  uint64_t id;
  struct hawser_text why; /* "stop", "length", "cancelled", "deadline", "error", "refused" */
  struct hawser_text message;
  uint32_t prompt_tokens;
  uint32_t answer_tokens;
};

struct hawser_call {
  uint32_t size;
  uint32_t part; /* 0: the request; n: its stream is asked for event n */
  struct hawser_text method;
  struct hawser_text path;
  struct hawser_text query;
  struct hawser_text body;
  struct hawser_text request_id;
};

/* What the server does for an extension. The functions take the `to` that came with the call, on its thread,
 * before it returns. */
struct hawser_host {
  uint32_t size;
  uint32_t abi_version;
  /* on_request: other text for a text prompt, other JSON for a chat. */
  void (*set_prompt)(void* to, struct hawser_text prompt);
  void (*set_temperature)(void* to, float temperature);
  void (*set_max_tokens)(void* to, uint32_t tokens);
  /* on_request: the client hears 400 and this sentence. */
  void (*refuse)(void* to, struct hawser_text message);
  /* on_call: the answer. */
  void (*respond)(void* to, int status, struct hawser_text type, struct hawser_text body);
  /* on_call: one server-sent event; on_call comes again for the next one. Not called: the stream is over. */
  void (*send_event)(void* to, struct hawser_text data);
};

enum hawser_interest { HAWSER_SEES_REQUESTS = 1, HAWSER_SEES_ANSWERS = 2, HAWSER_SEES_METRICS = 4 };

struct hawser_extension {
  uint32_t abi_version; /* HAWSER_EXTENSION_ABI: the first two members are the same in every version */
  uint32_t size;        /* sizeof(struct hawser_extension) */
  uint32_t interests;   /* of hawser_interest, or-ed */
  uint32_t route_count;
  const struct hawser_text* routes;
  /* A new life. NULL: it cannot be made. */
  void* (*create)(const struct hawser_host* host, const struct hawser_option* options, size_t count);
  void (*destroy)(void* self);
  /* Each may be NULL. */
  int (*on_request)(void* self, const struct hawser_request* request, void* to);
  int (*on_text)(void* self, const struct hawser_output* output);
  int (*on_end)(void* self, const struct hawser_end* end);
  int (*on_call)(void* self, const struct hawser_call* call, void* to);
  int (*on_metrics)(void* self, struct hawser_text page);
};

typedef const struct hawser_extension* (*hawser_extension_entry_function)(uint32_t abi_version);

#ifdef __cplusplus
}
#endif

#endif
