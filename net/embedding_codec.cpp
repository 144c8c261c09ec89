#include "net/embedding_codec.hpp"

#include "net/field_reader.hpp"
#include "net/json_text.hpp"
#include "net/prompt_fields.hpp"
#include "net/sampling_fields.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hawser::net {
namespace {

/// To length 1; what is all zeros stays so.
void normalise(std::vector<float>& values) {
  double sum = 0;
  for (const float one : values) sum += static_cast<double>(one) * static_cast<double>(one);
  if (!(sum > 0)) return;
  const double scale = 1 / std::sqrt(sum);
  for (float& one : values) one = static_cast<float>(static_cast<double>(one) * scale);
}

class embedding_answer final : public answer {
 public:
  /// `most`: of each embedding's values, the first ones.
  embedding_answer(std::string model, std::size_t prompts, std::size_t most, bool base64)
      : model_(std::move(model)), data_(prompts), most_(most), base64_(base64) {}

  void on(prompt_index, const actors::admitted&, std::string&) override {}
  void on(prompt_index, actors::generated&&, std::string&) override {}

  void on(prompt_index prompt, const actors::choice_ended& event, std::string&) override {
    std::vector<float> values = event.end.embedding;
    if (values.size() > most_) values.resize(most_);
    normalise(values);
    std::string& to = data_.at(prompt);
    if (base64_) {
      append_quoted(to, base64_of(values));
      return;
    }
    to = "[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) to += ',';
      append_number(to, values[i]);
    }
    to += ']';
  }

  void on(prompt_index, const actors::ended& event, std::string&) override { tokens_ += event.prompt_tokens; }

  void finish(std::string& out) override {
    out += R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < data_.size(); ++i) {
      out += i > 0 ? R"(,{"object":"embedding","index":)" : R"({"object":"embedding","index":)";
      append_integer(out, i);
      out += R"(,"embedding":)";
      out += data_[i];
      out += '}';
    }
    out += R"(],"model":)";
    append_quoted(out, model_);
    out += R"(,"usage":{"prompt_tokens":)";
    append_integer(out, tokens_);
    out += R"(,"total_tokens":)";
    append_integer(out, tokens_);
    out += "}}";
  }

  void fail(const api_error&, std::string&) const override {}  // it is never streamed

 private:
  std::string model_;
  std::vector<std::string> data_;  // as JSON, by prompt
  std::uint64_t tokens_ = 0;
  std::size_t most_;
  bool base64_;
};

actors::pooling read_pooling(field_reader& fields, actors::pooling otherwise) {
  std::string name;
  if (!fields.string("pooling", name)) return otherwise;
  if (name == "mean") return actors::pooling::mean;
  if (name == "last") return actors::pooling::last;
  fields.fail("pooling", "expected mean or last, found " + describe(boost::json::value(name)));
  return otherwise;
}

bool read_format(field_reader& fields) {
  std::string format = "float";
  fields.string("encoding_format", format);
  if (format != "float" && format != "base64")
    fields.fail("encoding_format", "expected float or base64, found " + describe(boost::json::value(format)));
  return format == "base64";
}

}  // namespace

std::string base64_of(std::span<const float> values) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((values.size() * 4 + 2) / 3 * 4);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const float one : values) {
    const auto word = std::bit_cast<std::uint32_t>(one);
    for (unsigned shift = 0; shift < 32; shift += 8) {
      held = (held << 8u) | ((word >> shift) & 0xffu);
      bits += 8;
      while (bits >= 6) out += letters[(held >> (bits -= 6)) & 63u];
    }
  }
  if (bits > 0) out += letters[(held << (6 - bits)) & 63u];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

outcome<generation_job> read_embedding(const boost::json::object& body, const codec_context& context) {
  field_reader fields(body);
  read_model(fields, context);
  prompt_list prompts = read_prompts(fields, "input", context.limits);
  for (const auto& one : prompts) {
    const auto* const text = std::get_if<actors::plain_prompt>(&one);
    if (text != nullptr && text->text.empty()) fields.fail("input", "an empty text has no embedding");
  }
  const bool base64 = read_format(fields);
  std::int64_t dimensions = context.width;
  fields.integer("dimensions", 1, context.width, dimensions);
  actors::generation_spec spec;
  spec.embed = read_pooling(fields, context.embed);
  spec.max_tokens = 1;  // of a step; none is generated
  read_urgency(fields, context, spec);
  read_labels(fields);
  fields.refuse_unknown();
  if (!fields.good()) return fields.error();

  generation_job job;
  job.reply = std::make_unique<embedding_answer>(context.model, prompts.size(),
                                                 static_cast<std::size_t>(dimensions), base64);
  for (auto& one : prompts) job.specs.emplace_back(spec).prompt = std::move(one);
  return job;
}

}  // namespace hawser::net
