#include "model/template/argument_reader.hpp"
#include "model/template/builtins.hpp"
#include "model/template/operators.hpp"
#include "model/template/printing.hpp"

#include <array>
#include <ctime>

namespace hawser::model::jinja {

namespace {

constexpr std::uint64_t longest_range = 100'000;  // the sandbox's own limit

value make_range(meter& m, const arguments& given) {
  const argument_reader args("range", given, {"start", "stop", "step"});
  const bool one = !args.has(1);
  const value first = args.need(0);
  static_cast<void>(first);
  const std::int64_t start = one ? 0 : args.integer_or(0, 0);
  const std::int64_t stop = one ? args.integer_or(0, 0) : args.integer_or(1, 0);
  const std::int64_t step = args.integer_or(2, 1);
  if (step == 0) fail("range() cannot step by 0");
  std::uint64_t count = 0;
  const auto distance = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  if (step > 0 && start < stop) count = (distance(start, stop) - 1) / static_cast<std::uint64_t>(step) + 1;
  if (step < 0 && start > stop)
    count = (distance(stop, start) - 1) / (~static_cast<std::uint64_t>(step) + 1) + 1;
  if (count > longest_range) fail("range() is longer than " + std::to_string(longest_range));
  m.ensure(count * sizeof(value));
  m.work(count * sizeof(value));
  std::vector<value> made;
  made.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    made.emplace_back(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(start) + i * static_cast<std::uint64_t>(step)));
  }
  std::string label = "range(" + std::to_string(start) + ", " + std::to_string(stop);
  if (step != 1) label += ", " + std::to_string(step);
  return make_list(m, std::move(made), list_kind::range, label + ")");
}

/// dict(pairs or a dictionary, key=value, ...): also what namespace() begins with.
value make_dict(meter& m, const arguments& given) {
  if (given.positional.size() > 1) fail("dict() takes at most one argument without a name");
  dict_builder made(m);
  if (!given.positional.empty()) {
    const value& from = given.positional.front();
    if (const dict* d = from.as_dict()) {
      for (const auto& [key, item] : d->entries) made.set(key, item);
    } else {
      for (const value& pair : items_of(m, from)) {
        const auto both = items_of(m, pair);
        if (both.size() != 2) fail("dict() wants pairs, found " + std::to_string(both.size()) + " items");
        made.set(both[0], both[1]);
      }
    }
  }
  for (const auto& [key, item] : given.named) made.set(make_text(m, key), item);
  return made.take();
}

value make_name_space(host& h, const arguments& given) {
  auto made = std::make_shared<name_space>();
  const value start = make_dict(h.spending(), given);
  made->height = start.height();
  for (const auto& [key, item] : start.as_dict()->entries) {
    if (key.as_text() == nullptr) fail("a namespace's attributes are named by strs, found " + type_name(key));
    made->entries.emplace_back(key.as_text()->bytes, item);
  }
  h.keep(made);
  return value(std::shared_ptr<object>(std::move(made)));
}

std::uint32_t height_of(const std::vector<value>& items) {
  std::uint32_t inside = 0;
  for (const value& v : items) inside = std::max(inside, v.height());
  return height_over(inside);
}

value make_cycler(meter& m, arguments& given) {
  if (given.positional.empty()) fail("cycler() wants something to cycle through");
  auto made = std::make_shared<cycler>();
  made->height = height_of(given.positional);
  made->paid = charge(m, sizeof(cycler) + given.positional.size() * sizeof(value));
  made->items = std::move(given.positional);
  return value(std::shared_ptr<object>(std::move(made)));
}

value make_joiner(meter& m, const arguments& given) {
  const argument_reader args("joiner", given, {"sep"});
  auto made = std::make_shared<joiner>();
  made->paid = charge(m, sizeof(joiner));
  made->separator = args.has(0) ? args.get(0) : make_text(m, ", ");
  made->height = height_over(made->separator.height());
  return value(std::shared_ptr<object>(std::move(made)));
}

/// In the machine's local time, as datetime.now().strftime() is.
value show_time(host& h, const arguments& given) {
  const argument_reader args("strftime_now", given, {"format"});
  static_cast<void>(args.need(0));
  const std::string format = args.text_or(0, "");
  constexpr std::size_t longest = 1000;
  if (format.size() > longest)
    fail("strftime_now() wants a format of at most " + std::to_string(longest) + " bytes");
  const std::time_t seconds = std::chrono::system_clock::to_time_t(h.now());
  std::tm parts{};
  if (localtime_r(&seconds, &parts) == nullptr) fail("the time cannot be shown");
  // Each directive alone: an empty result and a failure look the same to strftime, and %300d would pad.
  text_builder out(h.spending());
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      out.append(format[at]);
      continue;
    }
    std::string one = "%";
    one += format[++at];
    if (one[1] == '-' && at + 1 < format.size()) one += format[++at];
    std::array<char, 200> shown{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    const std::size_t n = std::strftime(shown.data(), shown.size(), one.c_str(), &parts);
#pragma GCC diagnostic pop
    out.append(std::string_view(shown.data(), n));
  }
  return make_text(h.spending(), out.take());
}

struct named_builtin {
  std::string_view name;
  builtin which;
};

constexpr std::array functions{
    named_builtin{"range", builtin::range},
    named_builtin{"dict", builtin::dict},
    named_builtin{"namespace", builtin::name_space},
    named_builtin{"cycler", builtin::cycler},
    named_builtin{"joiner", builtin::joiner},
    named_builtin{"raise_exception", builtin::raise_exception},
    named_builtin{"strftime_now", builtin::strftime_now},
};

}  // namespace

value global_function(std::string_view name) {
  for (const auto& f : functions) {
    if (f.name == name) return value(std::shared_ptr<object>(std::make_shared<function>(f.which)));
  }
  return {};
}

value call_builtin(host& h, builtin which, arguments args) {
  meter& m = h.spending();
  switch (which) {
  case builtin::range:
    return make_range(m, args);
  case builtin::dict:
    return make_dict(m, args);
  case builtin::name_space:
    return make_name_space(h, args);
  case builtin::cycler:
    return make_cycler(m, args);
  case builtin::joiner:
    return make_joiner(m, args);
  case builtin::strftime_now:
    return show_time(h, args);
  case builtin::raise_exception:
    break;
  }
  const argument_reader read("raise_exception", args, {"message"});
  throw refusal{printed(m, read.need(0))};
}

}  // namespace hawser::model::jinja
