#include "simulation/question.hpp"

#include "simulation/byte_tokenizer.hpp"
#include "simulation/simulated_backend.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::simulation {
namespace {

using runtime::dice;

// Few and short, so that requests share prefixes and some are the same altogether.
constexpr std::array<std::string_view, 5> openings{"a long rope ", "the same beginning of ", "x",
                                                   "once upon a time ", "hawser"};

std::string draw_text(dice& chance, std::uint32_t length) {
  std::string text;
  if (chance.one_in(2)) text = openings[chance.below(openings.size())];
  const bool plain = chance.one_in(4);  // equal to others of its length
  while (text.size() < length) text += plain ? 'm' : static_cast<char>('a' + chance.below(26));
  text.resize(std::max<std::uint32_t>(1, length));
  return text;
}

std::uint32_t draw_length(dice& chance, const model_facts& model) {
  if (chance.one_in(20)) return model.context - 1 + chance.below(8);  // at the edge, or too long
  if (chance.one_in(5)) return chance.between(1, model.context - 1);
  return chance.between(1, std::max(2u, model.context / 3));
}

std::string with_body(std::string_view method, std::string_view path, std::string_view body, dice& chance,
                      std::string_view version = "1.1", std::string_view fields = {}) {
  std::string out(method);
  out += ' ';
  out += path;
  out += " HTTP/";
  out += version;
  out += "\r\nHost: simulated\r\n";
  out += fields;
  if (version == "1.1" && chance.one_in(4)) {
    out += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t size = std::min<std::size_t>(body.size() - at, chance.between(1, 200));
      constexpr std::string_view digits = "0123456789abcdef";
      if (size >= 16) out += digits[size / 16];
      out += digits[size % 16];
      out += "\r\n";
      out += body.substr(at, size);
      out += "\r\n";
      at += size;
    }
    out += "0\r\n\r\n";
    return out;
  }
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (version == "1.1" && chance.one_in(10)) out += "Expect: 100-continue\r\n";
  out += "\r\n";
  out += body;
  return out;
}

std::string get(std::string_view path, std::string_view method = "GET") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: simulated\r\n\r\n";
}

/// A generating request in the making.
struct draft {
  std::string json = "{";
  std::uint64_t seed = 0;
  std::uint32_t choices = 1;
  std::uint32_t most = 1;
  bool ignore_end = false;
  std::vector<std::string> stops;

  void add(std::string_view name, std::string_view value) {
    if (json.size() > 1) json += ',';
    json += '"';
    json += name;
    json += "\":";
    json += value;
  }
};

void draw_fields(draft& d, dice& chance) {
  d.seed = chance.one_in(3) ? chance.below(3) : chance.below(1'000'000);
  d.add("seed", std::to_string(d.seed));
  d.most = chance.one_in(8) ? chance.between(1, 120) : chance.between(1, 24);
  d.add("max_tokens", std::to_string(d.most));
  if (chance.one_in(5)) {
    d.choices = chance.between(2, 4);
    d.add("n", std::to_string(d.choices));
  }
  if (chance.one_in(4)) {
    const std::uint32_t many = chance.between(1, 2);
    std::string list = "[";
    for (std::uint32_t i = 0; i < many; ++i) {
      std::string stop(1, static_cast<char>('a' + chance.below(26)));
      if (chance.one_in(2)) stop += static_cast<char>('a' + chance.below(26));
      list += (i > 0 ? ",\"" : "\"") + stop + "\"";
      d.stops.push_back(std::move(stop));
    }
    d.add("stop", list + "]");
  }
  if (chance.one_in(5)) {
    d.ignore_end = true;
    d.add("ignore_eos", "true");
  }
  if (chance.one_in(2)) {
    constexpr std::array<std::string_view, 3> ranks{R"("interactive")", R"("standard")", R"("batch")"};
    d.add("priority", ranks[chance.below(ranks.size())]);
  }
  if (chance.one_in(2)) d.add("temperature", "1");
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string token_list(std::string_view text) {
  std::string out = "[";
  for (const char c : text)
    out += (out.size() > 1 ? "," : "") + std::to_string(static_cast<unsigned char>(c));
  return out + "]";
}

// Prompts of a completion: mostly one, as text or as tokens.
std::string draw_prompts(dice& chance, const model_facts& model, std::vector<std::string>& prompts) {
  const std::uint32_t many = chance.one_in(4) ? chance.between(2, 4) : 1;
  const bool tokens = chance.one_in(4);
  std::string json;
  for (std::uint32_t i = 0; i < many; ++i) {
    prompts.push_back(draw_text(chance, draw_length(chance, model)));
    json += (i > 0 ? "," : "") + (tokens ? token_list(prompts.back()) : quoted(prompts.back()));
  }
  return many > 1 ? "[" + json + "]" : json;
}

void foresee_all(question& q, const draft& d, const std::vector<std::vector<model::token_id>>& prompts,
                 const model_facts& model) {
  for (const auto& prompt : prompts) {
    q.prompt_tokens += static_cast<std::uint32_t>(prompt.size());
    if (prompt.size() >= model.context) {
      q.status = 400;
      continue;
    }
    const std::uint32_t most = std::min(d.most, model.context - static_cast<std::uint32_t>(prompt.size()));
    for (std::uint32_t i = 0; i < d.choices; ++i)
      q.answers.push_back(foresee(prompt, d.seed + i, {most, model.end_every, d.ignore_end, d.stops}));
  }
}

// Words that make the vocabulary fail: a text that is too much for the memory, and one that ends its worker.
bool draw_poison(question& q, draft& d, dice& chance) {
  if (!chance.one_in(40)) return false;
  d.add("text", chance.one_in(2) ? R"("too much")" : R"("fail the worker")");
  q.name = "predict (poison)";
  q.status = 503;
  return true;
}

question draw_generation(dice& chance, const model_facts& model) {
  question q;
  draft d;
  draw_fields(d, chance);
  q.stream = chance.one_in(2);
  if (q.stream) d.add("stream", "true");
  if (chance.one_in(4)) d.add("model", quoted(model.name));
  std::vector<std::vector<model::token_id>> prompts;
  std::string_view path;
  switch (chance.below(3)) {
  case 0: {
    q.speaks = dialect::predict;
    q.name = "predict";
    path = "/predict";
    if (draw_poison(q, d, chance)) break;
    const std::string text = draw_text(chance, draw_length(chance, model));
    d.add("text", quoted(text));
    prompts.push_back(bytes(text));
    break;
  }
  case 1: {
    q.speaks = dialect::completions;
    q.name = "completions";
    path = "/v1/completions";
    std::vector<std::string> texts;
    d.add("prompt", draw_prompts(chance, model, texts));
    for (const std::string& text : texts) prompts.push_back(bytes(text));
    break;
  }
  default: {
    q.speaks = dialect::chat;
    q.name = "chat";
    path = "/v1/chat/completions";
    const std::string text = draw_text(chance, draw_length(chance, model));
    d.add("messages", R"([{"role":"user","content":)" + quoted(text) + "}]");
    prompts.push_back(bytes(text));
    prompts.back().insert(prompts.back().begin(), 256);  // the template's own begin token
  }
  }
  foresee_all(q, d, prompts, model);
  const bool old = chance.one_in(12);
  q.closes = old;
  q.bytes = with_body("POST", path, d.json + "}", chance, old ? "1.0" : "1.1");
  q.name += (q.stream ? " stream" : "") + std::string(old ? " 1.0" : "") + " n=" + std::to_string(d.choices) +
            " prompts=" + std::to_string(prompts.size()) + " prompt=" + std::to_string(q.prompt_tokens) +
            " most=" + std::to_string(d.most);
  return q;
}

struct refusal {
  std::string_view name;
  std::string_view method;
  std::string_view path;
  std::string_view body;
  std::string_view fields;
  int status;
};

constexpr std::array refusals{
    refusal{"no JSON", "POST", "/predict", "{\"text\":", {}, 400},
    refusal{"no text", "POST", "/predict", "{}", {}, 400},
    refusal{"a hot temperature", "POST", "/predict", R"({"text":"a","temperature":3})", {}, 400},
    refusal{"an unknown field", "POST", "/predict", R"({"text":"a","colour":1})", {}, 400},
    refusal{"an unknown model", "POST", "/v1/completions", R"({"prompt":"a","model":"other"})", {}, 404},
    refusal{"no messages", "POST", "/v1/chat/completions", "{}", {}, 400},
    refusal{"an unknown path", "POST", "/nowhere", "{}", {}, 404},
    refusal{"a wrong method", "PUT", "/predict", "{}", {}, 405},
    refusal{"a form", "POST", "/predict", "{}", "Content-Type: text/plain\r\n", 415},
    refusal{"a foreign page", "POST", "/predict", "{}", "Origin: http://elsewhere.example\r\n", 403},
    refusal{"a token that is none", "POST", "/v1/completions", R"({"prompt":[99999]})", {}, 400},
    refusal{"no prompts", "POST", "/v1/completions", R"({"prompt":[]})", {}, 400},
};

struct broken_header {
  std::string_view name;
  std::string_view bytes;
  int status;
};

constexpr std::array broken_headers{
    broken_header{"a lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    broken_header{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    broken_header{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    broken_header{"two lengths",
                  "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
                  400},
    broken_header{"a strange coding", "POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                  501},
};

question draw_refusal(dice& chance, const model_facts& model) {
  question q;
  if (chance.one_in(4)) {
    const broken_header& bad = broken_headers[chance.below(broken_headers.size())];
    q.name = bad.name;
    q.bytes = bad.bytes;
    q.status = bad.status;
    q.closes = true;
    return q;
  }
  if (chance.one_in(8)) {
    q.name = "a body too large";
    q.bytes =
        "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(model.body + 1) + "\r\n\r\n";
    q.status = 413;
    q.closes = true;
    return q;
  }
  const refusal& bad = refusals[chance.below(refusals.size())];
  q.name = bad.name;
  q.status = bad.status;
  q.bytes = with_body(bad.method, bad.path, bad.body, chance, "1.1", bad.fields);
  if (q.status == 400 || bad.name == "an unknown model")
    q.speaks = dialect::predict;  // may be refused as not ready
  return q;
}

question draw_page(dice& chance) {
  constexpr std::array<std::string_view, 4> paths{"/", "/version", "/v1/models", "/metrics"};
  question q;
  const std::string_view path = paths[chance.below(paths.size())];
  q.unsized = path == "/metrics";
  // Its length has as many digits in each run; its body has not.
  q.head_only = q.unsized || chance.one_in(4);
  q.name = (q.head_only ? "HEAD " : "GET ") + std::string(path);
  q.bytes = get(path, q.head_only ? "HEAD" : "GET");
  return q;
}

}  // namespace

foreseen_answer foresee(std::vector<model::token_id> prompt, std::uint64_t seed,
                        const foreseen_limits& limits) {
  foreseen_answer made;
  while (made.tokens.size() < limits.most) {
    const model::token_id next = next_token(prompt, seed, limits.end_every);
    prompt.push_back(next);
    made.tokens.push_back(next);
    if (next == end_token) {
      if (limits.ignore_end) continue;
      made.stops = true;
      return made;
    }
    made.text += static_cast<char>(next);
    const std::string* longest = nullptr;
    for (const std::string& stop : limits.stops) {
      if (made.text.ends_with(stop) && (longest == nullptr || longest->size() < stop.size())) longest = &stop;
    }
    if (longest != nullptr) {
      made.text.resize(made.text.size() - longest->size());
      made.stop = *longest;
      made.stops = true;
      return made;
    }
  }
  return made;
}

question draw_probe(dice& chance) {
  question q;
  const bool health = chance.one_in(2);
  q.probe = true;
  q.name = health ? "probe /health" : "probe /ready";
  q.bytes = get(health ? "/health" : "/ready");
  return q;
}

question draw_question(dice& chance, const model_facts& model) {
  const std::uint32_t kind = chance.below(20);
  if (kind < 14) return draw_generation(chance, model);
  if (kind < 16) return draw_probe(chance);
  if (kind < 17) return draw_page(chance);
  return draw_refusal(chance, model);
}

}  // namespace hawser::simulation
