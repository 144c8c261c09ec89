/// An extension in a shared library: it puts a sentence before each prompt, and counts what it has seen.
///
///   [[extension]]
///   path = "libpolite.so"
///   options = { sentence = "Please answer politely. " }
#include "embed/extension_abi.h"

#include <new>
#include <string>
#include <string_view>

namespace {

struct polite {
  const hawser_host* host;
  std::string sentence;
  std::string counted;
  unsigned requests = 0;
};

std::string_view view(hawser_text text) {
  return {text.data, text.size};
}

hawser_text text(std::string_view of) {
  return {of.data(), of.size()};
}

void* create(const hawser_host* host, const hawser_option* options, std::size_t count) {
  auto* const self = new (std::nothrow) polite{host, "Please. ", {}};
  for (std::size_t i = 0; self != nullptr && i < count; ++i) {
    if (view(options[i].name) == "sentence") self->sentence = view(options[i].value);
  }
  return self;
}

void destroy(void* self) {
  delete static_cast<polite*>(self);
}

int on_request(void* me, const hawser_request* request, void* to) {
  auto& self = *static_cast<polite*>(me);
  ++self.requests;
  if (request->prompt_kind != HAWSER_PROMPT_TEXT) return 0;  // as it is
  const std::string whole = self.sentence + std::string(view(request->prompt));
  self.host->set_prompt(to, text(whole));
  return 0;
}

int on_call(void* me, const hawser_call*, void* to) {
  auto& self = *static_cast<polite*>(me);
  self.counted = "{\"requests\":" + std::to_string(self.requests) + "}";
  self.host->respond(to, 200, text("application/json"), text(self.counted));
  return 0;
}

const hawser_text route = text("/x/polite");

const hawser_extension table = [] {
  hawser_extension made{};  // what is not named here is not done
  made.abi_version = HAWSER_EXTENSION_ABI;
  made.size = sizeof(hawser_extension);
  made.interests = HAWSER_SEES_REQUESTS;
  made.route_count = 1;
  made.routes = &route;
  made.create = create;
  made.destroy = destroy;
  made.on_request = on_request;
  made.on_call = on_call;
  return made;
}();

}  // namespace

extern "C" const hawser_extension* hawser_extension_entry(uint32_t) {
  return &table;
}
