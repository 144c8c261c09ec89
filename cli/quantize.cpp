#include "cli/commands.hpp"
#include "cli/compute_flags.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"
#include "cli/quantize_report.hpp"
#include "cli/quantized_file.hpp"
#include "cli/sample_text.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"
#include "model/quantize_plan.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using model::tensor_type;

struct quantize_flags {
  std::string from;
  std::string to;
  std::string type = "q8_0";
  std::string embedding;
  std::string output;
  std::vector<std::string> keep;
  std::string text;
  bool force = false;
  bool report = false;
  bool as_json = false;
  report_request measure;
};

[[noreturn]] void refuse(const std::string& sentence) {
  throw failure(exit_code::usage, sentence);
}

tensor_type type_of(const std::string& flag, const std::string& name) {
  const auto type = model::tensor_type_named(name);
  if (!type) {
    refuse(flag + ": unknown type \"" + printable(name) +
           "\", expected q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, f16, bf16 or f32");
  }
  return *type;
}

/// "REGEX=TYPE"; the expression may hold further signs of equality.
model::quantize_exception exception_of(const std::string& text) {
  const auto at = text.rfind('=');
  if (at == std::string::npos || at == 0)
    refuse("--keep: expected REGEX=TYPE, found \"" + printable(text) + "\"");
  const std::string names = text.substr(0, at);
  try {
    return {std::regex(names), type_of("--keep", text.substr(at + 1))};
  } catch (const std::regex_error&) {
    refuse("--keep: \"" + printable(names) + "\" is no regular expression");
  }
}

model::quantize_request request_of(const quantize_flags& flags) {
  model::quantize_request asked;
  asked.type = type_of("--type", flags.type);
  if (!flags.embedding.empty()) asked.embedding = type_of("--embedding-type", flags.embedding);
  if (!flags.output.empty()) asked.output = type_of("--output-type", flags.output);
  for (const std::string& one : flags.keep) asked.keep.push_back(exception_of(one));
  return asked;
}

/// Before any work: the file that is read must survive, and nothing is replaced unasked.
void check_target(const quantize_flags& flags) {
  std::error_code ignored;
  const fs::file_status there = fs::status(flags.to, ignored);
  if (!fs::exists(there)) return;
  if (fs::equivalent(flags.from, flags.to, ignored))
    refuse(flags.to + " is the file that is read: name another one to write");
  if (!fs::is_regular_file(there)) refuse(flags.to + " is no regular file: name a file to write");
  if (!flags.force) refuse(flags.to + " exists already: name another file, or replace it with --force");
}

/// Sums over the tensors of one type.
struct type_sum {
  std::uint64_t tensors = 0;
  std::uint64_t values = 0;
  std::uint64_t bytes = 0;
};

/// What was asked, what it became, and the row that was too short.
struct fallback {
  tensor_type asked{};
  tensor_type type{};
  std::uint64_t columns = 0;
  auto operator<=>(const fallback&) const = default;
};

struct summary {
  std::map<tensor_type, type_sum> types;
  std::map<fallback, std::uint64_t> fallbacks;
  std::uint64_t bytes = 0;
};

summary summary_of(std::span<const model::planned_tensor> plan) {
  summary made;
  for (const model::planned_tensor& tensor : plan) {
    type_sum& sum = made.types[tensor.type];
    ++sum.tensors;
    sum.values += tensor.from->rows() * tensor.from->columns();
    sum.bytes += tensor.size();
    if (tensor.reason == model::quantize_reason::short_row)
      ++made.fallbacks[{tensor.asked, tensor.type, tensor.from->columns()}];
  }
  return made;
}

std::string name_of_file(const std::string& path) {
  return printable(fs::path(path).filename().string());
}

void print_summary(const quantize_flags& flags, const model::gguf_file& before, const model::gguf_file& after,
                   const summary& made) {
  text_table table;
  table.add_row({"type", "tensors", "values", "bytes"});
  for (const auto& [type, sum] : made.types) {
    table.add_row({std::string(name_of(type)), std::to_string(sum.tensors), std::to_string(sum.values),
                   std::to_string(sum.bytes)});
  }
  const double change =
      100.0 * (static_cast<double>(after.size()) / static_cast<double>(before.size()) - 1.0);
  std::cout << name_of_file(flags.from) << ", " << print_bytes(before.size()) << " -> "
            << name_of_file(flags.to) << ", " << print_bytes(after.size()) << " (" << (change < 0 ? "" : "+")
            << print_number(change, 1) << " %)\n\n"
            << table.text();
  for (const auto& [one, count] : made.fallbacks) {
    std::cout << '\n'
              << count << (count == 1 ? " tensor" : " tensors") << " with rows of " << one.columns
              << " cannot be " << name_of(one.asked) << ", which needs a multiple of "
              << model::shape_of(one.asked).values << ": " << name_of(one.type) << " instead\n";
  }
}

json::object summary_json(const quantize_flags& flags, const model::gguf_file& before,
                          const model::gguf_file& after, const summary& made) {
  json::array types, fallbacks;
  for (const auto& [type, sum] : made.types) {
    types.push_back(
        {{"type", name_of(type)}, {"tensors", sum.tensors}, {"values", sum.values}, {"bytes", sum.bytes}});
  }
  for (const auto& [one, count] : made.fallbacks) {
    fallbacks.push_back({{"asked", name_of(one.asked)},
                         {"type", name_of(one.type)},
                         {"row", one.columns},
                         {"tensors", count}});
  }
  return {{"input", flags.from},         {"output", flags.to}, {"bytes_before", before.size()},
          {"bytes_after", after.size()}, {"types", types},     {"fallbacks", fallbacks}};
}

exit_code quantize(quantize_flags& flags) {
  const model::quantize_request asked = request_of(flags);
  if (flags.report)
    flags.measure.text = flags.text.empty() ? std::string(sample_text()) : read_text(flags.text);
  const auto file = embed::open_model(flags.from);
  check_target(flags);
  if (file->tensors().empty()) {
    throw failure(exit_code::model, flags.from + " holds no tensors: there is nothing to quantize");
  }
  const auto plan = model::plan_quantization(*file, asked);
  // Measured first: a model that does not run is known before anything is written.
  std::optional<model_figures> before;
  if (flags.report) before = measure_model(flags.from, flags.measure, "measuring before");
  {
    progress_bar bar("quantizing");
    write_quantized(*file, asked.type, plan, flags.to, static_cast<unsigned>(flags.measure.cpu.threads),
                    [&](std::uint64_t done, std::uint64_t all) { bar.show(done, all); });
  }
  const auto written = embed::open_model(flags.to);
  const summary made = summary_of(plan);
  std::optional<model_figures> after;
  if (flags.report) after = measure_model(flags.to, flags.measure, "measuring after");
  if (flags.as_json) {
    json::object all = summary_json(flags, *file, *written, made);
    if (flags.report) {
      all["before"] = report_json(*before, flags.measure);
      all["after"] = report_json(*after, flags.measure);
    }
    std::cout << json::serialize(all) << '\n';
    return exit_code::ok;
  }
  print_summary(flags, *file, *written, made);
  if (flags.report) std::cout << '\n' << print_report(*before, *after, flags.measure);
  return exit_code::ok;
}

void add_report_options(const command_parser& command, quantize_flags& flags) {
  const auto report = command.add_flag(
      "--report", flags.report, "Measure both files: memory, perplexity, tokens a second and milliseconds");
  command.add_option("--text", flags.text, "Text of the perplexity, UTF-8; left out: a chapter of Moby-Dick")
      .type_name("FILE")
      .needs(report);
  command.add_option("--context", flags.measure.context, "Tokens of a window of the perplexity")
      .within(4, 1 << 20)
      .default_shown();
  command.add_option("--repeat", flags.measure.repeat, "Times that speed is measured; the median counts")
      .within(1, 1000)
      .default_shown();
  command.add_flag("--json", flags.as_json, "One JSON object instead of tables");
}

}  // namespace

void add_quantize(const command_parser& app) {
  const auto command = app.add_command("quantize", "Write a model file with smaller weights");
  auto flags = std::make_shared<quantize_flags>();
  command.add_option("IN", flags->from, "GGUF file to read").type_name("FILE").required();
  command.add_option("OUT", flags->to, "GGUF file to write").type_name("FILE").required();
  command
      .add_option("--type", flags->type, "q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k, f16, bf16 or f32")
      .default_shown();
  command.add_option("--embedding-type", flags->embedding, "Type of the token embedding");
  command.add_option("--output-type", flags->output,
                     "Type of the output head; of the embedding where it is the head, too");
  command.add_option("--keep", flags->keep, "Type of the tensors whose names match; several times")
      .type_name("REGEX=TYPE")
      .repeatable();
  command.add_flag("--force", flags->force, "Replace OUT if it exists");
  add_compute_flags(command, flags->measure.cpu);
  add_report_options(command, *flags);
  command.footer(
      "\nVectors (norms, biases) become f32. Rows that are no multiple of 256 cannot be K-quants: they "
      "become q5_0 "
      "for\n"
      "q4_k, q5_1 for q5_k and q8_0 for q6_k. OUT appears when it is complete. Guide: docs/quantize.md.\n"
      "Example: hawser quantize model-f16.gguf model-q4_k.gguf --type q4_k --output-type q6_k --report");
  command.run([flags] { return quantize(*flags); });
}

}  // namespace hawser::cli
