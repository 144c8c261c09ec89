#include "actors/question.hpp"

#include <boost/json/serializer.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace hawser::actors {
namespace {

constexpr char layout = 1;

class writer {
 public:
  explicit writer(std::size_t most) : most_(most) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

  void bytes(std::string_view text) {
    number(text.size());
    raw(text);
  }

  void number(std::uint64_t value) {
    std::array<char, 8> little{};
    for (std::size_t i = 0; i < little.size(); ++i) little[i] = static_cast<char>(value >> (8 * i));
    raw({little.data(), little.size()});
  }

  void real(float value) {
    // -0 and 0 ask the same.
    number(std::bit_cast<std::uint32_t>(value == 0.0f ? 0.0f : value));
  }

  void raw(std::string_view text) {
    if (!good_ || text.size() > most_ - out_.size()) {
      good_ = false;
      return;
    }
    out_ += text;
  }

 private:
  std::string out_;
  std::size_t most_;
  bool good_ = true;
};

void write_prompt(writer& to, const plain_prompt& prompt) {
  to.raw("T");
  to.bytes(prompt.text);
}

void write_prompt(writer& to, const token_prompt& prompt) {
  to.raw("I");
  to.number(prompt.tokens.size());
  static_assert(std::is_trivially_copyable_v<model::token_id>);
  to.raw(
      {reinterpret_cast<const char*>(prompt.tokens.data()), prompt.tokens.size() * sizeof(model::token_id)});
}

// The order of an object's members is part of the question: a template may show it.
void write_prompt(writer& to, const chat_prompt& prompt) {
  to.raw("C");
  boost::json::serializer text;
  text.reset(&prompt.context);
  std::array<char, 4096> part{};
  while (!text.done() && to.good()) {
    const auto piece = text.read(part.data(), part.size());
    to.raw({piece.data(), piece.size()});
  }
}

void write_sampling(writer& to, const generation_spec& spec) {
  const model::sampling_params& s = spec.sampling;
  to.number(spec.choices);
  to.real(s.temperature);
  if (s.temperature > 0.0f) {
    to.number(static_cast<std::uint32_t>(s.top_k));
    to.real(s.top_p);
    to.real(s.min_p);
  }
  const bool drawn = s.temperature > 0.0f || spec.seeded;
  to.number(drawn ? 1 : 0);
  if (drawn) to.number(s.seed);
  to.real(s.repetition_penalty);
  to.real(s.presence_penalty);
  to.real(s.frequency_penalty);
  to.number(static_cast<std::uint32_t>(s.top_logprobs));
  to.number(s.logit_bias.size());
  for (const auto& [token, bias] : s.logit_bias) {
    to.number(static_cast<std::uint32_t>(token));
    to.real(bias);
  }
}

}  // namespace

bool is_repeatable(const generation_spec& spec) noexcept {
  return spec.embed == pooling::none && (spec.sampling.temperature == 0.0f || spec.seeded);
}

std::optional<std::string> question_of(const generation_spec& spec, std::string_view world,
                                       std::string_view tenant, std::size_t most) {
  writer to(most);
  to.raw({&layout, 1});
  to.bytes(tenant);
  to.bytes(world);
  write_sampling(to, spec);
  to.number(spec.max_tokens);
  to.number(spec.stop.size());
  for (const std::string& stop : spec.stop) to.bytes(stop);
  to.number((spec.ignore_end ? 1u : 0u) | (spec.echo_logprobs ? 2u : 0u));
  std::visit([&to](const auto& prompt) { write_prompt(to, prompt); }, spec.prompt);
  if (!to.good()) return std::nullopt;
  return to.take();
}

std::string_view tenant_of(std::string_view question) noexcept {
  constexpr std::size_t before = 1 + 8;
  if (question.size() < before) return {};
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 8; ++i)
    size |= std::uint64_t{static_cast<unsigned char>(question[1 + i])} << (8 * i);
  return question.substr(before, static_cast<std::size_t>(size));
}

}  // namespace hawser::actors
