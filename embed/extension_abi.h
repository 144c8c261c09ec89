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
  uint32_t max_tokens;      /* 0: as many as the server allows */
  struct hawser_text trace; /* W3C traceparent of the client, or empty */
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

enum hawser_socket_what {
  HAWSER_SOCKET_OPENED = 0,
  HAWSER_SOCKET_MESSAGE = 1,
  HAWSER_SOCKET_MORE = 2, /* as ask_again() wished */
  HAWSER_SOCKET_CLOSED = 3
};

/* One event of one WebSocket; the next comes when the function has returned. */
struct hawser_socket_event {
  uint32_t size;
  uint32_t what;   /* of hawser_socket_what */
  uint64_t socket; /* the same for all that happens on one */
  uint32_t is_text;
  struct hawser_text message;    /* of HAWSER_SOCKET_MESSAGE */
  struct hawser_text path;       /* of HAWSER_SOCKET_OPENED, as the next two */
  struct hawser_text query;      /* behind the ?, as it was sent */
  struct hawser_text request_id; /* the client's, or one that was made */
};

/* A request, and the load of the server at the moment. Arrays: interactive, standard, batch. */
struct hawser_admission {
  uint32_t size;
  uint32_t rank; /* 0 interactive, 1 standard, 2 batch */
  uint64_t id;
  struct hawser_text key;
  uint32_t returns;      /* 1: it was refused before, and comes back */
  uint32_t choices;      /* answers to make */
  uint32_t max_tokens;   /* of each; 0: as many as the server allows */
  uint64_t prompt_bytes; /* about */
  double load;           /* 1: all that the server can do in time */
  double kv;             /* share of the KV pages that is spoken for */
  uint64_t queued_tokens;
  double wait_seconds[3];
  uint32_t queued[3];
};

/* What an answer is remembered by: it may be given again to equal keys only, all bytes of both. */
struct hawser_answer_key {
  uint32_t size;
  struct hawser_text tenant;   /* whose question it is */
  struct hawser_text question; /* not for reading */
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
  /* on_socket: one message. */
  void (*send_message)(void* to, struct hawser_text data, int is_text);
  /* on_socket: call again, with HAWSER_SOCKET_MORE, when the client has read. */
  void (*ask_again)(void* to);
  /* on_socket: the end, behind the message if there is one. Codes: 1000, 3000 to 4999. */
  void (*close_socket)(void* to, uint32_t code, struct hawser_text reason);
  /* on_admission; neither called: the server's own policy decides. */
  void (*let_in)(void* to);
  void (*turn_away)(void* to, struct hawser_text message, uint32_t retry_after_ms);
  /* on_find: what on_keep was handed for exactly this key. Not called: it is to be computed. */
  void (*give_answer)(void* to, struct hawser_text answer);
};

enum hawser_interest {
  HAWSER_SEES_REQUESTS = 1,
  HAWSER_SEES_ANSWERS = 2,
  HAWSER_SEES_METRICS = 4,
  HAWSER_DECIDES_ADMISSION = 8,
  HAWSER_REMEMBERS_ANSWERS = 16 /* in place of the server's own cache */
};

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
  /* Paths of WebSockets. */
  uint32_t socket_count;
  const struct hawser_text* sockets;
  int (*on_socket)(void* self, const struct hawser_socket_event* event, void* to);
  int (*on_admission)(void* self, const struct hawser_admission* request, void* to);
  int (*on_find)(void* self, const struct hawser_answer_key* key, void* to);
  int (*on_keep)(void* self, const struct hawser_answer_key* key, struct hawser_text answer);
  /* What this tenant has, or with `all` everybody, is given to nobody any more. */
  int (*on_forget)(void* self, struct hawser_text tenant, int all);
};

typedef const struct hawser_extension* (*hawser_extension_entry_function)(uint32_t abi_version);

#ifdef __cplusplus
}
#endif

#endif
