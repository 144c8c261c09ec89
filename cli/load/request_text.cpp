#include "cli/load/request_text.hpp"

#include "cli/load/prompt_text.hpp"

#include <array>
#include <charconv>

namespace hawser::load {

namespace {

void append_number(std::string& out, double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_message(std::string& out, std::string_view role, std::string_view words) {
  out += R"({"role":")";
  out += role;
  out += R"(","content":")";
  out += words;
  out += R"("})";
}

void append_asked(std::string& out, dialect d, const std::vector<said>& before, std::string_view turn) {
  if (d == dialect::chat) {
    out += R"("messages":[)";
    for (const said& one : before) {
      append_message(out, "user", one.asked);
      out += ',';
      append_message(out, "assistant", one.answered);
      out += ',';
    }
    append_message(out, "user", turn);
    out += ']';
    return;
  }
  out += d == dialect::predict ? R"("text":")" : R"("prompt":")";
  for (const said& one : before) {
    out += one.asked;
    out += one.answered;
  }
  out += turn;
  out += '"';
}

std::string body_of(const target& to, const planned_request& what, const request_class& as,
                    const std::vector<said>& before, std::string_view turn) {
  std::string body = "{";
  append_asked(body, to.speaks, before, turn);
  body += R"(,"max_tokens":)";
  append_number(body, what.answer);
  body += R"(,"temperature":)";
  append_number(body, to.temperature);
  if (!to.model.empty()) {
    body += R"(,"model":")";
    append_escaped(body, to.model);
    body += '"';
  }
  if (to.ignore_end) body += R"(,"ignore_eos":true)";
  if (!as.priority.empty()) {
    const bool number = as.priority.find_first_not_of("-0123456789") == std::string::npos;
    body += number ? R"(,"priority":)" : R"(,"priority":")";
    append_escaped(body, as.priority);
    if (!number) body += '"';
  }
  if (what.stream) {
    body += R"(,"stream":true)";
    if (to.wants_usage && to.speaks != dialect::predict)
      body += R"(,"stream_options":{"include_usage":true})";
  }
  if (!to.extra.empty()) {
    body += ',';
    body += to.extra;
  }
  body += '}';
  return body;
}

}  // namespace

std::string request_text(const target& to, const planned_request& what, const request_class& as,
                         const std::vector<said>& before, std::string_view turn,
                         std::chrono::nanoseconds deadline) {
  const std::string body = body_of(to, what, as, before, turn);
  std::string out = "POST " + to.path + " HTTP/1.1\r\nHost: ";
  const bool v6 = to.host.find(':') != std::string::npos;
  out += (v6 ? "[" + to.host + "]" : to.host) + ":" + to.port;
  out += "\r\nContent-Type: application/json\r\nAccept: */*\r\n";
  if (!to.key.empty()) out += "Authorization: Bearer " + to.key + "\r\n";
  for (const auto& [name, value] : to.headers) out += name + ": " + value + "\r\n";
  if (deadline.count() > 0) {
    out += "x-request-timeout: ";
    append_number(out, std::chrono::duration<double>(deadline).count());
    out += "\r\n";
  }
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

}  // namespace hawser::load
