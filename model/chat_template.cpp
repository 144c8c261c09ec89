#include "model/chat_template.hpp"

#include "model/template/interpreter.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>

namespace hawser::model {

struct chat_template::program {
  jinja::syntax_tree tree;
  bool tells_time = false;
  thought_marks thoughts{};
};

namespace {

using jinja::value;

constexpr std::array known_marks{
    thought_marks{"<think>", "</think>"},
    thought_marks{"[THINK]", "[/THINK]"},
    thought_marks{"<seed:think>", "</seed:think>"},
};

thought_marks marks_in(std::string_view source) noexcept {
  for (const thought_marks& one : known_marks) {
    if (source.find(one.close) != std::string_view::npos) return one;
  }
  return {};
}

/// Nested JSON comes from a parser with a depth limit of its own; containers check theirs again.
value from_json(jinja::meter& m, const boost::json::value& v) {
  m.step();
  const jinja::level one(m);
  switch (v.kind()) {
  case boost::json::kind::null:
    return value(jinja::none{});
  case boost::json::kind::bool_:
    return value(v.get_bool());
  case boost::json::kind::int64:
    return value(v.get_int64());
  case boost::json::kind::uint64:
    return value(static_cast<double>(v.get_uint64()));
  case boost::json::kind::double_:
    return value(v.get_double());
  case boost::json::kind::string:
    return jinja::make_text(m, std::string(v.get_string()));
  case boost::json::kind::array: {
    std::vector<value> items;
    items.reserve(v.get_array().size());
    for (const auto& item : v.get_array()) items.push_back(from_json(m, item));
    return jinja::make_list(m, std::move(items));
  }
  case boost::json::kind::object:
    break;
  }
  jinja::dict_builder made(m);
  for (const auto& [key, item] : v.get_object())
    made.set(jinja::make_text(m, std::string(key)), from_json(m, item));
  return made.take();
}

}  // namespace

result<chat_template> chat_template::compile(std::string_view source) {
  constexpr std::size_t longest = 4u << 20;
  if (source.size() > longest) {
    return error{errc::bad_template, "the chat template is " + std::to_string(source.size()) +
                                         " bytes long, the limit is " + std::to_string(longest)};
  }
  try {
    return chat_template(std::make_shared<const program>(program{
        jinja::parse(source), source.find("strftime_now") != std::string_view::npos, marks_in(source)}));
  } catch (const jinja::trouble& t) {
    return error{errc::bad_template, "chat template, " + t.what};
  }
}

result<std::string> chat_template::render(const boost::json::object& context,
                                          std::chrono::system_clock::time_point now,
                                          const template_budget& budget) const {
  jinja::meter spending(budget.steps, budget.output, budget.depth);
  try {
    jinja::interpreter run(program_->tree, spending, now, [&](const std::string& name) {
      const auto* v = context.if_contains(name);
      return v != nullptr ? from_json(spending, *v) : value();
    });
    return run.run();
  } catch (const jinja::refusal& r) {
    return error{errc::template_failed, r.what};
  } catch (const jinja::trouble& t) {
    return error{errc::template_failed, "chat template, " + t.what};
  }
}

thought_marks chat_template::thoughts() const noexcept {
  return program_->thoughts;
}

bool chat_template::tells_time() const noexcept {
  return program_->tells_time;
}

}  // namespace hawser::model
