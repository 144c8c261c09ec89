#include "embed/shared_extension.hpp"

#include "embed/answer.hpp"
#include "embed/failure.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace hawser::embed {

namespace {

hawser_text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

std::string string_of(hawser_text text) {
  return text.data == nullptr ? std::string() : std::string(text.data, text.size);
}

/// What a library says while it is asked about a request.
struct wishes {
  std::optional<std::string> prompt;
  std::optional<float> temperature;
  std::optional<std::uint32_t> max_tokens;
  std::optional<std::string> refused;
};

const hawser_host host_table{
    .size = sizeof(hawser_host),
    .abi_version = HAWSER_EXTENSION_ABI,
    .set_prompt = [](void* to, hawser_text t) { static_cast<wishes*>(to)->prompt = string_of(t); },
    .set_temperature = [](void* to, float t) { static_cast<wishes*>(to)->temperature = t; },
    .set_max_tokens = [](void* to, std::uint32_t n) { static_cast<wishes*>(to)->max_tokens = n; },
    .refuse = [](void* to, hawser_text t) { static_cast<wishes*>(to)->refused = string_of(t); },
    .respond =
        [](void* to, int status, hawser_text type, hawser_text body) {
          auto& reply = *static_cast<net::route_reply*>(to);
          reply.more = false;
          reply.what.status = status;
          reply.what.type = string_of(type);
          reply.what.body = string_of(body);
        },
    .send_event =
        [](void* to, hawser_text data) {
          auto& reply = *static_cast<net::route_reply*>(to);
          reply.more = true;
          reply.what.body = string_of(data);
        },
    .send_message =
        [](void* to, hawser_text data, int is_text) {
          static_cast<net::socket_reply*>(to)->message = net::web_message{string_of(data), is_text != 0};
        },
    .ask_again = [](void* to) { static_cast<net::socket_reply*>(to)->more = true; },
    .close_socket =
        [](void* to, std::uint32_t code, hawser_text reason) {
          auto& reply = *static_cast<net::socket_reply*>(to);
          reply.close = static_cast<std::uint16_t>(code);
          reply.reason = string_of(reason);
        },
    .let_in = [](void* to) { *static_cast<admission_verdict*>(to) = let_in{}; },
    .turn_away =
        [](void* to, hawser_text message, std::uint32_t retry_after) {
          *static_cast<admission_verdict*>(to) =
              turn_away{string_of(message), std::chrono::milliseconds(retry_after)};
        },
    .give_answer =
        [](void* to, hawser_text answer) {
          *static_cast<std::optional<std::string>*>(to) = string_of(answer);
        },
};

/// The bytes of a table that must be there in every version 1: up to and with the last member that version 1
/// began with.
constexpr std::size_t least_size =
    offsetof(hawser_extension, on_metrics) + sizeof(hawser_extension::on_metrics);

/// Does a table of that size have the member that ends there?
constexpr bool has_sockets(const hawser_extension& table) {
  return table.size >= offsetof(hawser_extension, on_socket) + sizeof(hawser_extension::on_socket);
}
constexpr bool has_admission(const hawser_extension& table) {
  return table.size >= offsetof(hawser_extension, on_admission) + sizeof(hawser_extension::on_admission);
}

constexpr bool has_results(const hawser_extension& table) {
  return table.size >= offsetof(hawser_extension, on_forget) + sizeof(hawser_extension::on_forget);
}

hawser_answer_key key_of(const answer_key& key) {
  hawser_answer_key made{};
  made.size = sizeof made;
  made.tenant = text_of(key.tenant);
  made.question = text_of(key.question);
  return made;
}

class shared_extension final : public extension {
 public:
  shared_extension(const hawser_extension& table, const std::string& name, const option_list& options)
      : table_(table), name_(name) {
    std::vector<hawser_option> list;
    for (const auto& [key, value] : options) list.push_back({text_of(key), text_of(value)});
    self_ = table_.create(&host_table, list.data(), list.size());
    if (self_ == nullptr) throw std::runtime_error(name_ + " did not start");
  }

  ~shared_extension() override {
    if (table_.destroy != nullptr) table_.destroy(self_);
  }

  verdict on_request(const seen_request& seen) override {
    if (table_.on_request == nullptr) return pass{};
    const auto* const plain = std::get_if<actors::plain_prompt>(&seen.spec.prompt);
    const auto* const chat = std::get_if<actors::chat_prompt>(&seen.spec.prompt);
    const std::string prompt = plain != nullptr  ? plain->text
                               : chat != nullptr ? boost::json::serialize(chat->context)
                                                 : std::string();
    hawser_request asked{};
    asked.size = sizeof asked;
    asked.prompt_kind = plain != nullptr  ? HAWSER_PROMPT_TEXT
                        : chat != nullptr ? HAWSER_PROMPT_CHAT
                                          : HAWSER_PROMPT_TOKENS;
    asked.id = seen.id;
    asked.label = text_of(seen.label);
    asked.key = text_of(seen.key);
    asked.prompt = text_of(prompt);
    asked.temperature = seen.spec.sampling.temperature;
    asked.max_tokens = seen.spec.max_tokens;
    asked.trace = text_of(seen.trace);
    wishes said;
    check(table_.on_request(self_, &asked, &said));
    return verdict_of(seen, std::move(said));
  }

  void on_text(const seen_text& seen) override {
    if (table_.on_text == nullptr) return;
    hawser_output output{};
    output.size = sizeof output;
    output.choice = seen.choice;
    output.id = seen.id;
    output.text = text_of(seen.text);
    output.tokens = seen.tokens;
    check(table_.on_text(self_, &output));
  }

  void on_end(const seen_end& seen) override {
    if (table_.on_end == nullptr) return;
    hawser_end end{};
    end.size = sizeof end;
    end.refused = seen.refused ? 1 : 0;
    end.id = seen.id;
    end.why = text_of(seen.refused ? "refused" : name_of(seen.why));
    end.message = text_of(seen.message);
    end.prompt_tokens = seen.prompt_tokens;
    end.answer_tokens = seen.answer_tokens;
    check(table_.on_end(self_, &end));
  }

  net::route_reply on_call(const net::route_call& asked) override {
    net::route_reply reply;
    if (table_.on_call == nullptr) throw std::runtime_error(name_ + " has routes, but does not answer them");
    hawser_call call{};
    call.size = sizeof call;
    call.part = asked.part;
    call.method = text_of(asked.method);
    call.path = text_of(asked.path);
    call.query = text_of(asked.query);
    call.body = text_of(asked.body);
    call.request_id = text_of(asked.request_id);
    check(table_.on_call(self_, &call, &reply));
    return reply;
  }

  net::socket_reply on_socket(const net::socket_call& asked) override {
    if (table_.on_socket == nullptr)
      throw std::runtime_error(name_ + " has WebSockets, but does not answer them");
    hawser_socket_event event{};
    event.size = sizeof event;
    event.what = static_cast<std::uint32_t>(asked.what);
    event.socket = asked.socket;
    event.is_text = asked.message.text ? 1 : 0;
    event.message = text_of(asked.message.data);
    event.path = text_of(asked.path);
    event.query = text_of(asked.query);
    event.request_id = text_of(asked.request_id);
    net::socket_reply reply;
    check(table_.on_socket(self_, &event, &reply));
    return reply;
  }

  admission_verdict on_admission(const admission_facts& facts) override {
    admission_verdict said = by_default{};
    if (!has_admission(table_) || table_.on_admission == nullptr) return said;
    hawser_admission asked{};
    asked.size = sizeof asked;
    asked.rank = static_cast<std::uint32_t>(facts.rank);
    asked.id = facts.id;
    asked.key = text_of(facts.key);
    asked.returns = facts.returns ? 1 : 0;
    asked.choices = facts.choices;
    asked.max_tokens = facts.max_tokens;
    asked.prompt_bytes = facts.bytes;
    asked.load = facts.load.load;
    asked.kv = facts.load.kv;
    asked.queued_tokens = facts.load.queued_tokens;
    std::ranges::copy(facts.load.wait, asked.wait_seconds);
    std::ranges::copy(facts.load.queued, asked.queued);
    check(table_.on_admission(self_, &asked, &said));
    return said;
  }

  std::optional<std::string> on_find(const answer_key& key) override {
    std::optional<std::string> answer;
    if (table_.on_find == nullptr) return answer;
    const hawser_answer_key asked = key_of(key);
    check(table_.on_find(self_, &asked, &answer));
    return answer;
  }

  void on_keep(const answer_key& key, const std::string& answer) override {
    if (table_.on_keep == nullptr) return;
    const hawser_answer_key of = key_of(key);
    check(table_.on_keep(self_, &of, text_of(answer)));
  }

  void on_forget(const std::optional<std::string>& tenant) override {
    if (table_.on_forget != nullptr)
      check(table_.on_forget(self_, text_of(tenant.value_or(std::string())), tenant ? 0 : 1));
  }

  void on_metrics(const std::string& page) override {
    if (table_.on_metrics != nullptr) check(table_.on_metrics(self_, text_of(page)));
  }

 private:
  void check(int result) const {
    if (result != 0) throw std::runtime_error(name_ + " failed with " + std::to_string(result));
  }

  verdict verdict_of(const seen_request& seen, wishes said) const {
    if (said.refused) return refuse{std::move(*said.refused), {}};
    if (!said.prompt && !said.temperature && !said.max_tokens) return pass{};
    change made{seen.spec};
    if (said.temperature) made.spec.sampling.temperature = *said.temperature;
    if (said.max_tokens) made.spec.max_tokens = *said.max_tokens;
    if (said.prompt && std::holds_alternative<actors::chat_prompt>(seen.spec.prompt)) {
      boost::system::error_code wrong;
      boost::json::value context = boost::json::parse(*said.prompt, wrong);
      if (wrong || !context.is_object())
        throw std::runtime_error(name_ + " made a chat that is no JSON object");
      made.spec.prompt = actors::chat_prompt{std::move(context.as_object())};
    } else if (said.prompt) {
      made.spec.prompt = actors::plain_prompt{std::move(*said.prompt)};
    }
    return made;
  }

  const hawser_extension& table_;
  std::string name_;
  void* self_ = nullptr;
};

}  // namespace

std::string objection_to(const hawser_extension* table) {
  if (table == nullptr) return "it says that it does not fit this version of hawser";
  if (table->abi_version != HAWSER_EXTENSION_ABI) {
    return "it was built for version " + std::to_string(table->abi_version) +
           " of the extension interface, and this hawser has version " +
           std::to_string(HAWSER_EXTENSION_ABI) + ": build it with this hawser's embed/extension_abi.h";
  }
  if (table->size < least_size) {
    return "its table has " + std::to_string(table->size) + " bytes, and version " +
           std::to_string(HAWSER_EXTENSION_ABI) + " has at least " + std::to_string(least_size) +
           ": set size to sizeof(struct hawser_extension)";
  }
  if (table->create == nullptr) return "its table has no create function";
  if (table->route_count > 0 && table->routes == nullptr) return "its table counts routes, but has none";
  if (has_sockets(*table) && table->socket_count > 0 && table->sockets == nullptr)
    return "its table counts WebSockets, but has none";
  return {};
}

extension_options options_of(const hawser_extension& table, std::string name, option_list options) {
  extension_options made;
  made.name = name;
  made.requests = (table.interests & HAWSER_SEES_REQUESTS) != 0;
  made.answers = (table.interests & HAWSER_SEES_ANSWERS) != 0;
  if ((table.interests & HAWSER_SEES_METRICS) != 0) made.metrics_every = std::chrono::seconds(10);
  for (std::uint32_t i = 0; i < table.route_count; ++i) made.routes.push_back(string_of(table.routes[i]));
  if (has_sockets(table)) {
    for (std::uint32_t i = 0; i < table.socket_count; ++i)
      made.sockets.push_back(string_of(table.sockets[i]));
  }
  made.admission = (table.interests & HAWSER_DECIDES_ADMISSION) != 0;
  made.results = has_results(table) && (table.interests & HAWSER_REMEMBERS_ANSWERS) != 0;
  made.make = [&table, name = std::move(name), options = std::move(options)] {
    return std::make_unique<shared_extension>(table, name, options);
  };
  return made;
}

extension_options open_extension(const std::string& path, option_list options) {
  const auto cannot = [&path](const std::string& why) {
    return failure(errc::extension, "the extension " + path + " cannot be used: " + why);
  };
  // Code of it may still be on a thread that hangs: it is never closed. A path without a slash would be
  // looked for in the system's folders.
  void* const library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): at start-up
  if (library == nullptr) throw cannot(dlerror());
  void* const symbol = dlsym(library, "hawser_extension_entry");
  if (symbol == nullptr) throw cannot("it has no function hawser_extension_entry: is it one for hawser?");
  hawser_extension_entry_function entry = nullptr;
  std::memcpy(&entry, &symbol, sizeof entry);
  const hawser_extension* const table = entry(HAWSER_EXTENSION_ABI);
  if (const std::string why = objection_to(table); !why.empty()) throw cannot(why);
  return options_of(*table, std::filesystem::path(path).stem().string(), std::move(options));
}

}  // namespace hawser::embed
