#include "model/template/argument_reader.hpp"
#include "model/template/filters.hpp"
#include "model/template/formatting.hpp"
#include "model/template/methods.hpp"
#include "model/template/operators.hpp"
#include "model/template/printing.hpp"
#include "model/template/text_operations.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>

namespace hawser::model::jinja {

namespace {

value changed(host& h, const value& v, const arguments& given, std::string_view name,
              std::string (*change)(std::string_view)) {
  const argument_reader args(name, given, {});
  const std::string s = printed(h.spending(), v);
  h.spending().work(8 * s.size());
  h.spending().ensure(2 * s.size());
  return make_text(h.spending(), change(s));
}

value upper_filter(host& h, const value& v, const arguments& a) {
  return changed(h, v, a, "upper", to_upper);
}

value lower_filter(host& h, const value& v, const arguments& a) {
  return changed(h, v, a, "lower", to_lower);
}

value title_filter(host& h, const value& v, const arguments& a) {
  return changed(h, v, a, "title", titled_filter);
}

value capitalize_filter(host& h, const value& v, const arguments& a) {
  return changed(h, v, a, "capitalize", capitalized);
}

value string_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("string", given, {});
  return v.as_text() != nullptr ? v : make_text(h.spending(), printed(h.spending(), v));
}

value trim_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("trim", given, {"chars"});
  const std::string s = printed(h.spending(), v);
  if (args.get(0).is_none()) return make_text(h.spending(), std::string(stripped(s, true, true)));
  const std::string chars = args.text_or(0, "");
  const std::string_view set = chars;
  return make_text(h.spending(), std::string(stripped(s, true, true, &set)));
}

value replace_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("replace", given, {"old", "new", "count"});
  meter& m = h.spending();
  const std::string from = printed(m, args.need(0));
  const std::string to = printed(m, args.need(1));
  return replaced(m, printed(m, v), from, to, args.get(2).is_none() ? -1 : args.integer_or(2, -1));
}

value escape_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("escape", given, {});
  if (v.as_text() != nullptr && v.as_text()->safe) return v;
  text_builder out(h.spending());
  print_escaped(printed(h.spending(), v), out);
  return make_text(h.spending(), out.take(), true);
}

value safe_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("safe", given, {});
  return make_text(h.spending(), printed(h.spending(), v), true);
}

value indent_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("indent", given, {"width", "first", "blank"});
  meter& m = h.spending();
  std::string prefix;
  if (args.has(0) && args.get(0).as_text() != nullptr) {
    prefix = args.text_or(0, "");
  } else {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(args.integer_or(0, 4), 0));
    m.ensure(width);
    prefix.assign(width, ' ');
  }
  const bool first = args.truth_or(1, false);
  const bool blank = args.truth_or(2, false);
  if (v.as_text() == nullptr)
    fail(v.is_undefined() ? v.why() : "indent works on a str, found " + type_name(v));
  const value lines = split_lines(m, v.as_text()->bytes + "\n", false);
  text_builder out(m);
  const auto& all = lines.as_list()->items;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string& line = all[i].as_text()->bytes;
    if (i > 0) out.append('\n');
    if (i == 0 ? first : (blank || !line.empty())) out.append(prefix);
    out.append(line);
  }
  return make_text(m, out.take());
}

value format_filter(host& h, const value& v, const arguments& given) {
  meter& m = h.spending();
  if (!given.named.empty() && !given.positional.empty())
    fail("format takes named or unnamed arguments, not both");
  const std::string format = printed(m, v);
  if (given.named.empty())
    return percent_formatted(m, format, make_list(m, given.positional, list_kind::tuple));
  dict_builder named(m);
  for (const auto& [key, item] : given.named) named.set(make_text(m, key), item);
  return percent_formatted(m, format, named.take());
}

value truncate_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("truncate", given, {"length", "killwords", "end", "leeway"});
  meter& m = h.spending();
  const std::string s = printed(m, v);
  const std::string end = args.text_or(2, "...");
  const std::int64_t length = args.integer_or(0, 255);
  const auto tail = static_cast<std::int64_t>(count_code_points(end));
  if (length < tail) fail("truncate wants a length of at least that of its end");
  const std::int64_t leeway = args.get(3).is_none() ? 5 : args.integer_or(3, 5);
  const auto whole = length_of(v);
  if (!whole) fail("truncate wants a str, found " + type_name(v));
  if (static_cast<std::int64_t>(*whole) <= length + leeway) return v;
  if (v.as_text() == nullptr) fail("truncate wants a str, found " + type_name(v));
  std::string cut = s.substr(0, offset_of(s, static_cast<std::size_t>(length - tail)));
  if (!args.truth_or(1, false)) cut.resize(std::min(cut.rfind(' '), cut.size()));
  return make_text(m, cut + end);
}

value center_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("center", given, {"width"});
  return pad_text(h.spending(), printed(h.spending(), v), args.integer_or(0, 80), " ", '^');
}

value words_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("wordcount", given, {});
  const std::string s = printed(h.spending(), v);
  std::int64_t n = 0;
  bool inside = false;
  for (std::size_t at = 0; at < s.size();) {  // Python's \w+
    const char32_t c = next_code_point(s, at);
    const bool word = c == '_' || is_alpha(c) || is_digit(c);
    n += word && !inside ? 1 : 0;
    inside = word;
  }
  return value(n);
}

enum class url_part { path, query };

void append_quoted(std::string_view s, url_part as, text_builder& out) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  for (const char c : s) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '.' || c == '-' || c == '~' || (as == url_part::path && c == '/');
    if (plain || (as == url_part::query && c == ' ')) {
      out.append(plain ? c : '+');
      continue;
    }
    out.append('%');
    out.append(hex[static_cast<unsigned char>(c) >> 4]);
    out.append(hex[static_cast<unsigned char>(c) & 15]);
  }
}

value urlencode_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("urlencode", given, {});
  meter& m = h.spending();
  text_builder out(m);
  if (v.as_text() != nullptr || (v.as_list() == nullptr && v.as_dict() == nullptr)) {
    append_quoted(printed(m, v), url_part::path, out);
    return make_text(m, out.take());
  }
  const value pairs = v.as_dict() != nullptr ? call_method(h, v, "items", {}) : v;
  bool first = true;
  for (const value& pair : items_of(m, pairs)) {
    const auto both = items_of(m, pair);
    if (both.size() != 2) fail("urlencode wants pairs, found " + std::to_string(both.size()) + " items");
    if (!first) out.append('&');
    first = false;
    append_quoted(printed(m, both[0]), url_part::query, out);
    out.append('=');
    append_quoted(printed(m, both[1]), url_part::query, out);
  }
  return make_text(m, out.take());
}

value striptags_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("striptags", given, {});
  meter& m = h.spending();
  const std::string s = printed(m, v);
  std::string bare;
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t close = s[at] == '<' ? s.find('>', at) : std::string::npos;
    if (close != std::string::npos) {
      at = close + 1;
    } else if (s[at] == '<') {  // no '>' is left at all
      bare.append(s, at);
      break;
    } else {
      bare.push_back(s[at++]);
    }
  }
  return joined_texts(m, split(m, bare, nullptr, -1, false).as_list()->items, " ");
}

constexpr std::array filters{
    filter_entry{"capitalize", capitalize_filter},
    filter_entry{"center", center_filter},
    filter_entry{"e", escape_filter},
    filter_entry{"escape", escape_filter},
    filter_entry{"forceescape", escape_filter},
    filter_entry{"format", format_filter},
    filter_entry{"indent", indent_filter},
    filter_entry{"lower", lower_filter},
    filter_entry{"replace", replace_filter},
    filter_entry{"safe", safe_filter},
    filter_entry{"string", string_filter},
    filter_entry{"striptags", striptags_filter},
    filter_entry{"title", title_filter},
    filter_entry{"trim", trim_filter},
    filter_entry{"truncate", truncate_filter},
    filter_entry{"upper", upper_filter},
    filter_entry{"urlencode", urlencode_filter},
    filter_entry{"wordcount", words_filter},
};

}  // namespace

std::span<const filter_entry> text_filters() noexcept {
  return filters;
}

}  // namespace hawser::model::jinja
