#include "cli/commands.hpp"
#include "cli/model_argument.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"
#include "model/decoder_spec.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

namespace json = boost::json;

struct inspect_flags {
  std::string model = embed::default_model_path();
  bool as_json = false;
  bool metadata = false;
};

struct type_sum {
  std::uint64_t tensors = 0;
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;
};

/// A metadata value as JSON; of an array its length and kind, because vocabularies are long.
json::value to_json(const model::metadata_value& value) {
  using model::value_type;
  if (value.type() == value_type::array) {
    return {{"array_of", std::string(name_of(value.element_type()))}, {"count", value.count()}};
  }
  // As they are written to the file's makers' liking: text may be any bytes.
  if (const auto text = value.string()) return json::string(printable(*text));
  if (const auto flag = value.boolean(); flag && value.type() == value_type::boolean) return *flag;
  if (const auto whole = value.integer()) return *whole;
  if (const auto number = value.number()) return *number;
  return nullptr;
}

std::map<std::string, type_sum> sum_by_type(const model::gguf_file& file) {
  std::map<std::string, type_sum> sums;
  for (const model::tensor_view& t : file.tensors()) {
    type_sum& sum = sums[std::string(name_of(t.type))];
    ++sum.tensors;
    sum.values += t.columns() * t.rows();
    sum.bytes += t.data.size();
  }
  return sums;
}

json::object decoder_facts(const model::decoder_spec& spec) {
  std::uint64_t windowed = 0;
  std::uint32_t window = 0;
  for (const model::layer_spec& layer : spec.layer) {
    if (layer.window == 0) continue;
    ++windowed;
    window = layer.window;
  }
  // Keys and values are kept as 16-bit floats.
  const std::uint64_t kv_bytes = std::uint64_t{2} * spec.layers * spec.kv_width() * 2;
  return {{"family", spec.family},
          {"layers", spec.layers},
          {"width", spec.width},
          {"heads", spec.heads},
          {"kv_heads", spec.kv_heads},
          {"head_dim", spec.head_dim},
          {"feed_forward", spec.feed_forward},
          {"vocabulary", spec.vocabulary},
          {"context", spec.context},
          {"sliding_window", window},
          {"windowed_layers", windowed},
          {"qk_norm", spec.qk_norm},
          {"qkv_bias", spec.qkv_bias},
          {"tied_output", spec.tied_output},
          {"kv_bytes_per_token", kv_bytes}};
}

json::object vocabulary_facts(const model::vocabulary& words) {
  return {{"model", words.model},
          {"pre_tokenizer", words.pre_tokenizer},
          {"tokens", words.texts.size()},
          {"bos", words.bos},
          {"eos", words.eos},
          {"adds_bos", words.add_bos},
          {"adds_eos", words.add_eos},
          {"chat_template", !words.chat_template.empty()}};
}

/// What the file is, or why that part of it cannot be used: one part's error does not hide the others.
template <class T, class Facts>
json::value facts_or_error(const model::result<T>& read, const Facts& facts) {
  if (read.has_error()) return {{"error", read.error().what}};
  return facts(*read);
}

json::object describe(const model::gguf_file& file) {
  json::object tensors;
  type_sum all;
  for (const auto& [type, sum] : sum_by_type(file)) {
    tensors[type] = {{"tensors", sum.tensors}, {"values", sum.values}, {"bytes", sum.bytes}};
    all.tensors += sum.tensors;
    all.values += sum.values;
    all.bytes += sum.bytes;
  }
  json::object metadata;
  for (const auto& [name, value] : file.metadata()) metadata[printable(name)] = to_json(value);
  return {{"path", file.path()},
          {"gguf_version", file.version()},
          {"bytes", file.size()},
          {"tensors", all.tensors},
          {"parameters", all.values},
          {"weight_bytes", all.bytes},
          {"tensors_by_type", tensors},
          {"decoder", facts_or_error(model::read_decoder_spec(file), decoder_facts)},
          {"vocabulary", facts_or_error(model::read_vocabulary(file), vocabulary_facts)},
          {"metadata", metadata}};
}

std::string in_words(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

void print_facts(const char* title, const json::value& facts) {
  std::cout << '\n' << title << '\n';
  text_table table;
  for (const auto& [name, value] : facts.get_object())
    table.add_row({"  " + std::string(name), in_words(value)});
  std::cout << table.text();
}

void print(const json::object& about, bool metadata) {
  const auto bytes = [&](const char* name) { return print_bytes(about.at(name).to_number<std::uint64_t>()); };
  text_table head;
  head.add_row({"file", in_words(about.at("path"))});
  head.add_row({"size", bytes("bytes") + ", GGUF version " + in_words(about.at("gguf_version"))});
  head.add_row({"parameters", in_words(about.at("parameters")) + " in " + in_words(about.at("tensors")) +
                                  " tensors, " + bytes("weight_bytes")});
  for (const auto& [type, sum] : about.at("tensors_by_type").get_object()) {
    head.add_row({"  " + std::string(type), in_words(sum.at("tensors")) + " tensors, " +
                                                print_bytes(sum.at("bytes").to_number<std::uint64_t>())});
  }
  std::cout << head.text();
  print_facts("decoder", about.at("decoder"));
  print_facts("vocabulary", about.at("vocabulary"));
  if (metadata) print_facts("metadata", about.at("metadata"));
}

exit_code inspect(const inspect_flags& flags) {
  const json::object about = describe(*embed::open_model(flags.model));
  if (flags.as_json)
    std::cout << json::serialize(about) << '\n';
  else
    print(about, flags.metadata);
  return exit_code::ok;
}

}  // namespace

void add_inspect(const command_parser& app) {
  const auto command = app.add_command("inspect", "Say what is in a model file");
  auto flags = std::make_shared<inspect_flags>();
  add_model_argument(command, flags->model);
  command.add_flag("--json", flags->as_json, "One JSON object, with all metadata");
  command.add_flag("--metadata", flags->metadata, "All keys of the file too");
  command.run([flags] { return inspect(*flags); });
}

}  // namespace hawser::cli
