#include "model/template/printing.hpp"

#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hawser::model::jinja {

namespace {

/// A backslash, `letter`, and `digits` hexadecimal digits of `c`.
void append_escape(text_builder& out, char letter, int digits, char32_t c) {
  out.append('\\');
  out.append(letter);
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out.append("0123456789abcdef"[c >> shift & 15u]);
}

void print_quoted(std::string_view s, text_builder& out) {
  const bool doubled = s.find('\'') != std::string_view::npos && s.find('"') == std::string_view::npos;
  const char quote = doubled ? '"' : '\'';
  out.append(quote);
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(s, at);
    if (c == static_cast<unsigned char>(quote) || c == '\\') {
      out.append('\\');
      out.append(static_cast<char>(c));
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (is_printable(c)) {
      out.append(s.substr(begin, at - begin));
    } else if (c < 0x100) {
      append_escape(out, 'x', 2, c);
    } else if (c < 0x10000) {
      append_escape(out, 'u', 4, c);
    } else {
      append_escape(out, 'U', 8, c);
    }
  }
  out.append(quote);
}

void print_items(meter& m, const std::vector<value>& items, std::string_view open, std::string_view close,
                 text_builder& out) {
  out.append(open);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.append(", ");
    print_repr(m, items[i], out);
  }
  out.append(close);
}

void print_list(meter& m, const list& l, text_builder& out) {
  switch (l.kind) {
  case list_kind::list:
    return print_items(m, l.items, "[", "]", out);
  case list_kind::tuple:
    return print_items(m, l.items, "(", l.items.size() == 1 ? ",)" : ")", out);
  case list_kind::range:
    return out.append(l.label);
  case list_kind::view:
    return print_items(m, l.items, l.label + "([", "])", out);
  case list_kind::iterator:
    return out.append("<generator>");
  }
}

template <class Entries, class Key>
void print_entries(meter& m, const Entries& entries, Key&& key, text_builder& out) {
  out.append('{');
  bool first = true;
  for (const auto& [k, v] : entries) {
    if (!first) out.append(", ");
    first = false;
    key(k);
    out.append(": ");
    print_repr(m, v, out);
  }
  out.append('}');
}

void print_object(meter& m, const object& o, const std::string& type, text_builder& out) {
  if (o.kind != object_kind::name_space) {
    out.append("<" + type + ">");
    return;
  }
  out.append("<Namespace ");
  print_entries(
      m, static_cast<const name_space&>(o).entries, [&](const std::string& k) { print_quoted(k, out); }, out);
  out.append('>');
}

/// Digits and a decimal exponent from the shortest scientific form, laid out as Python's repr does.
std::string lay_out(std::string_view scientific) {
  std::string sign;
  if (scientific.front() == '-') {
    sign = "-";
    scientific.remove_prefix(1);
  }
  const auto e = scientific.find('e');
  std::string digits(scientific.substr(0, 1));
  if (e > 2) digits += scientific.substr(2, e - 2);
  int exponent = 0;
  const auto power = scientific.substr(e + (scientific[e + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  constexpr int first_exponential = 16;
  if (exponent < -4 || exponent >= first_exponential) {
    std::string out = sign + digits.substr(0, 1);
    if (digits.size() > 1) out += "." + digits.substr(1);
    const std::string magnitude = std::to_string(std::abs(exponent));
    return out + (exponent < 0 ? "e-" : "e+") + (magnitude.size() < 2 ? "0" : "") + magnitude;
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

void print_json_text(std::string_view s, bool ascii_only, text_builder& out) {
  out.append('"');
  std::size_t plain = 0;
  const auto flush = [&](std::size_t end, std::size_t next) {
    if (end > plain) out.append(s.substr(plain, end - plain));
    plain = next;
  };
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(s, at);
    if (c >= 0x20 && c != '"' && c != '\\' && !(ascii_only && c > 0x7E)) continue;
    flush(begin, at);
    constexpr std::string_view named = "\b\f\n\r\t\"\\";
    constexpr std::string_view letters = "bfnrt\"\\";
    const auto known = c < 0x80 ? named.find(static_cast<char>(c)) : std::string_view::npos;
    if (known != std::string_view::npos) {
      out.append('\\');
      out.append(letters[known]);
    } else if (c == 0x7F) {
      out.append('\x7F');
    } else if (c < 0x10000) {
      append_escape(out, 'u', 4, c);
    } else {
      append_escape(out, 'u', 4, 0xD800 + ((c - 0x10000) >> 10));
      append_escape(out, 'u', 4, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  flush(s.size(), s.size());
  out.append('"');
}

class json_printer {
 public:
  json_printer(meter& m, const json_style& style, text_builder& out) : meter_(m), style_(style), out_(out) {}

  void print(const value& v) {
    meter_.step();
    const level one(meter_);
    if (const text* t = v.as_text()) return print_json_text(t->bytes, style_.ascii_only, out_);
    if (const dict* d = v.as_dict()) return print(*d);
    const list* l = v.as_list();
    if (l != nullptr && (l->kind == list_kind::list || l->kind == list_kind::tuple)) return print(*l);
    if (!simple(v)) fail("a value of type " + type_name(v) + " has no JSON form" + reason(v));
    out_.append(simple_text(v));
  }

 private:
  static bool simple(const value& v) {
    return v.is_none() || v.as_bool() != nullptr || v.as_integer() != nullptr || v.as_real() != nullptr;
  }

  static std::string reason(const value& v) { return v.is_undefined() ? ": " + v.why() : ""; }

  static std::string simple_text(const value& v) {
    if (v.is_none()) return "null";
    if (const bool* b = v.as_bool()) return *b ? "true" : "false";
    if (const auto* i = v.as_integer()) return std::to_string(*i);
    const double d = *v.as_real();
    if (std::isnan(d)) return "NaN";
    if (std::isinf(d)) return d > 0 ? "Infinity" : "-Infinity";
    return printed_real(d);
  }

  void line(std::size_t deep) {
    if (!style_.broken_lines) return;
    out_.append('\n');
    for (std::size_t i = 0; i < deep; ++i) out_.append(style_.indent);
  }

  void print(const list& l) {
    if (l.items.empty()) return out_.append("[]");
    out_.append('[');
    ++deep_;
    for (std::size_t i = 0; i < l.items.size(); ++i) {
      if (i > 0) out_.append(style_.between);
      line(deep_);
      print(l.items[i]);
    }
    line(--deep_);
    out_.append(']');
  }

  void print(const dict& d) {
    if (d.entries.empty()) return out_.append("{}");
    std::vector<const std::pair<value, value>*> order;
    order.reserve(d.entries.size());
    for (const auto& entry : d.entries) order.push_back(&entry);
    if (style_.sort_keys) {
      meter_.step(order.size());
      std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        const text* x = a->first.as_text();
        const text* y = b->first.as_text();
        if (x == nullptr || y == nullptr) fail("only keys that are strings can be sorted for JSON");
        return x->bytes < y->bytes;
      });
    }
    out_.append('{');
    ++deep_;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) out_.append(style_.between);
      line(deep_);
      const value& key = order[i]->first;
      if (key.as_text() == nullptr && !simple(key))
        fail("a key of type " + type_name(key) + " has no JSON form");
      print_json_text(key.as_text() != nullptr ? key.as_text()->bytes : simple_text(key), style_.ascii_only,
                      out_);
      out_.append(style_.after_key);
      print(order[i]->second);
    }
    line(--deep_);
    out_.append('}');
  }

  meter& meter_;
  const json_style& style_;
  text_builder& out_;
  std::size_t deep_ = 0;
};

}  // namespace

std::string printed_real(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d > 0 ? "inf" : "-inf";
  std::array<char, 40> shown{};
  const auto end =
      std::to_chars(shown.data(), shown.data() + shown.size(), d, std::chars_format::scientific).ptr;
  return lay_out(std::string_view(shown.data(), static_cast<std::size_t>(end - shown.data())));
}

void print(meter& m, const value& v, text_builder& out) {
  if (const text* t = v.as_text()) return out.append(t->bytes);
  if (!v.is_undefined()) print_repr(m, v, out);
}

void print_escaped(std::string_view s, text_builder& out) {
  for (const char c : s) {
    switch (c) {
    case '&':
      out.append("&amp;");
      break;
    case '<':
      out.append("&lt;");
      break;
    case '>':
      out.append("&gt;");
      break;
    case '"':
      out.append("&#34;");
      break;
    case '\'':
      out.append("&#39;");
      break;
    default:
      out.append(c);
    }
  }
}

std::string printed(meter& m, const value& v) {
  text_builder out(m);
  print(m, v, out);
  return out.take();
}

void print_repr(meter& m, const value& v, text_builder& out) {
  m.step();
  const level one(m);
  if (v.is_undefined()) return out.append("Undefined");
  if (v.is_none()) return out.append("None");
  if (const bool* b = v.as_bool()) return out.append(*b ? "True" : "False");
  if (const auto* i = v.as_integer()) return out.append(std::to_string(*i));
  if (const double* d = v.as_real()) return out.append(printed_real(*d));
  if (const text* t = v.as_text()) return print_quoted(t->bytes, out);
  if (const list* l = v.as_list()) return print_list(m, *l, out);
  if (const dict* d = v.as_dict()) {
    return print_entries(m, d->entries, [&](const value& k) { print_repr(m, k, out); }, out);
  }
  print_object(m, *v.as_object(), type_name(v), out);
}

void print_json(meter& m, const value& v, const json_style& style, text_builder& out) {
  json_style full = style;
  if (!full.separators_given) {
    full.between = full.broken_lines ? "," : ", ";
    full.after_key = ": ";
  }
  json_printer(m, full, out).print(v);
}

}  // namespace hawser::model::jinja
