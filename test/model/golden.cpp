#include "test/model/golden.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace hawser::test {
namespace {

namespace json = boost::json;

json::value read_json(const std::string& name) {
  const std::string path = HAWSER_GOLDEN "/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

model::tensor_type type_named(std::string_view name) {
  constexpr std::uint32_t last = 30;
  for (std::uint32_t number = 0; number <= last; ++number) {
    const auto type = model::tensor_type_from(number);
    if (type && model::name_of(*type) == name) return *type;
  }
  throw std::runtime_error("no tensor type " + std::string(name));
}

template <class T>
void set(const json::object& from, std::string_view key, T& to) {
  if (const auto* value = from.if_contains(key)) to = value->to_number<T>();
}

void set(const json::object& from, std::string_view key, bool& to) {
  if (const auto* value = from.if_contains(key)) to = value->as_bool();
}

tiny_spec spec_from(const json::object& from) {
  tiny_spec spec;
  if (const auto* family = from.if_contains("family")) spec.family = family->as_string();
  set(from, "layers", spec.layers);
  set(from, "width", spec.width);
  set(from, "heads", spec.heads);
  set(from, "kv_heads", spec.kv_heads);
  set(from, "head_dim", spec.head_dim);
  set(from, "feed_forward", spec.feed_forward);
  set(from, "vocabulary", spec.vocabulary);
  set(from, "context", spec.context);
  set(from, "window", spec.window);
  set(from, "rope_base", spec.rope_base);
  set(from, "rope_factor", spec.rope_factor);
  set(from, "rope_factors", spec.rope_factors);
  set(from, "tied", spec.tied);
  set(from, "logit_soft_cap", spec.logit_soft_cap);
  set(from, "seed", spec.seed);
  if (const auto* types = from.if_contains("types")) {
    spec.types.clear();
    for (const auto& type : types->as_array()) spec.types.push_back(type_named(type.as_string()));
  }
  return spec;
}

template <class T>
std::vector<T> numbers(const json::value& from) {
  std::vector<T> out;
  for (const auto& value : from.as_array()) out.push_back(value.to_number<T>());
  return out;
}

std::vector<real_golden::token> best_of(const json::value& from) {
  std::vector<real_golden::token> out;
  for (const auto& pair : from.as_array()) {
    out.push_back({pair.at(0).to_number<model::token_id>(), pair.at(1).to_number<float>()});
  }
  return out;
}

}  // namespace

std::vector<tiny_golden> read_tiny_goldens() {
  const auto file = read_json("tiny_models.json");
  std::vector<tiny_golden> out;
  for (const auto& from : file.at("models").as_array()) {
    auto& golden = out.emplace_back();
    golden.name = from.at("name").as_string();
    golden.spec = spec_from(from.at("spec").as_object());
    golden.file = std::stoull(std::string(from.at("file").as_string()), nullptr, 16);
    golden.prompt = numbers<model::token_id>(from.at("prompt"));
    for (const auto& [position, logits] : from.at("logits").as_object()) {
      golden.logits[std::stoul(std::string(position))] = numbers<float>(logits);
    }
    golden.embedding = numbers<float>(from.at("embedding"));
    golden.last_state = numbers<float>(from.at("last_state"));
    golden.greedy = numbers<model::token_id>(from.at("greedy"));
    golden.gaps = numbers<float>(from.at("gaps"));
  }
  return out;
}

std::vector<real_golden> read_real_goldens() {
  std::vector<real_golden> out;
  for (const char* name : {"smollm2-135m-q4_1.json", "gemma-3-270m-q4_k_m.json"}) {
    const auto file = read_json(name);
    for (const auto& from : file.at("cases").as_array()) {
      auto& golden = out.emplace_back();
      golden.file = file.at("file").as_string();
      golden.text = from.at("text").as_string();
      golden.prompt = numbers<model::token_id>(from.at("prompt"));
      for (const auto& [position, top] : from.at("top").as_object()) {
        golden.top[std::stoul(std::string(position))] = best_of(top);
      }
      golden.score = numbers<float>(from.at("score"));
      golden.greedy = numbers<model::token_id>(from.at("greedy"));
      golden.gaps = numbers<float>(from.at("gaps"));
    }
  }
  return out;
}

std::optional<std::string> real_model(const std::string& file) {
  const char* folder = std::getenv("HAWSER_MODELS");
  const char* home = std::getenv("HOME");
  std::filesystem::path path;
  if (folder != nullptr && *folder != '\0') {
    path = folder;
  } else if (home != nullptr) {
    path = std::filesystem::path(home) / ".cache/hawser/models";
  }
  path /= file;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  return path.string();
}

std::uint64_t fnv1a(std::span<const std::byte> bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3u;
  return hash;
}

}  // namespace hawser::test
