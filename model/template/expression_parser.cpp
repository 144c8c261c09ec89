#include "model/template/builtins.hpp"
#include "model/template/parser.hpp"
#include "model/template/text_operations.hpp"

#include <algorithm>
#include <charconv>

namespace hawser::model::jinja {

node_ptr expression_parser::expression(bool with_conditional) {
  const nested level(*this);
  node_ptr left = logical_or();
  while (with_conditional && at_word("if")) {
    const place at = take().at;
    ++conditional_;
    node_ptr choice = make(node_kind::conditional, at);
    adopt(*choice, std::move(left));
    adopt(*choice, logical_or());
    adopt(*choice, skip_word("else") ? expression() : nullptr);
    --conditional_;
    left = std::move(choice);
  }
  return left;
}

node_ptr expression_parser::binary(node_ptr left, const token& op, node_ptr right) {
  node_ptr made = make(node_kind::binary, op.at);
  made->words = op.words;
  adopt(*made, std::move(left));
  adopt(*made, std::move(right));
  return made;
}

node_ptr expression_parser::logical_or() {
  node_ptr left = logical_and();
  while (at_word("or")) {
    node_ptr made = make(node_kind::logical_or, take().at);
    adopt(*made, std::move(left));
    adopt(*made, logical_and());
    left = std::move(made);
  }
  return left;
}

node_ptr expression_parser::logical_and() {
  node_ptr left = logical_not();
  while (at_word("and")) {
    node_ptr made = make(node_kind::logical_and, take().at);
    adopt(*made, std::move(left));
    adopt(*made, logical_not());
    left = std::move(made);
  }
  return left;
}

node_ptr expression_parser::logical_not() {
  if (!at_word("not")) return compare();
  const nested level(*this);
  node_ptr made = make(node_kind::logical_not, take().at);
  adopt(*made, logical_not());
  return made;
}

node_ptr expression_parser::compare() {
  node_ptr first = sum();
  node_ptr made;
  while (true) {
    std::string op;
    const bool symbolic = now().kind == token_kind::symbol &&
                          (now().words == "==" || now().words == "!=" || now().words == "<" ||
                           now().words == "<=" || now().words == ">" || now().words == ">=");
    const place at = now().at;
    if (symbolic) {
      op = take().words;
    } else if (skip_word("in")) {
      op = "in";
    } else if (at_word("not") && is(after(), token_kind::name, "in")) {
      next_ += 2;
      op = "not in";
    } else {
      break;
    }
    if (!made) {
      made = make(node_kind::compare, at);
      adopt(*made, std::move(first));
    }
    made->operators.push_back(std::move(op));
    adopt(*made, sum());
  }
  return made ? std::move(made) : std::move(first);
}

node_ptr expression_parser::sum() {
  node_ptr left = concat();
  while (at_symbol("+") || at_symbol("-")) {
    const token op = take();
    left = binary(std::move(left), op, concat());
  }
  return left;
}

node_ptr expression_parser::concat() {
  node_ptr first = product();
  if (!at_symbol("~")) return first;
  node_ptr made = make(node_kind::concat, now().at);
  adopt(*made, std::move(first));
  while (skip_symbol("~")) adopt(*made, product());
  return made;
}

node_ptr expression_parser::product() {
  node_ptr left = power();
  while (at_symbol("*") || at_symbol("/") || at_symbol("//") || at_symbol("%")) {
    const token op = take();
    left = binary(std::move(left), op, power());
  }
  return left;
}

node_ptr expression_parser::power() {
  node_ptr left = unary();
  while (at_symbol("**")) {
    const token op = take();
    left = binary(std::move(left), op, unary());
  }
  return left;
}

node_ptr expression_parser::unary(bool with_filters) {
  node_ptr made;
  if (at_symbol("-") || at_symbol("+")) {
    const nested level(*this);
    const token op = take();
    made = make(op.words == "-" ? node_kind::negate : node_kind::plus, op.at);
    adopt(*made, unary(false));
  } else {
    made = primary();
  }
  made = postfix(std::move(made));
  return with_filters ? filters(std::move(made)) : std::move(made);
}

node_ptr expression_parser::name(const token& t) {
  node_ptr made = make(node_kind::name, t.at);
  made->words = t.words;
  made->id = id_of(t.words);
  if (t.words == "caller") used_ |= uses_caller;
  if (t.words == "varargs") used_ |= uses_varargs;
  if (t.words == "kwargs") used_ |= uses_kwargs;
  return made;
}

node_ptr expression_parser::number() {
  const token t = take();
  node_ptr made = make(node_kind::literal, t.at);
  if (t.kind == token_kind::real) {
    made->constant = value(read_real(t.words).value_or(0));
    return made;
  }
  std::string_view digits = t.words;
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0' && digits[1] > '9') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    digits.remove_prefix(2);
  }
  std::int64_t n = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), n, base);
  if (wrong != std::errc{} || end != digits.data() + digits.size()) {
    fail(in_words(t.at) + "the number " + t.words.substr(0, 40) + " is too large (64 bits is the limit)");
  }
  made->constant = value(n);
  return made;
}

node_ptr expression_parser::primary() {
  const token& t = now();
  const auto constant = [&](value v) {
    node_ptr made = make(node_kind::literal, t.at);
    made->constant = std::move(v);
    ++next_;
    return made;
  };
  switch (t.kind) {
  case token_kind::name:
    if (t.words == "true" || t.words == "True") return constant(value(true));
    if (t.words == "false" || t.words == "False") return constant(value(false));
    if (t.words == "none" || t.words == "None") return constant(value(none{}));
    return name(take());
  case token_kind::text: {
    node_ptr made = make(node_kind::literal, t.at);
    std::string words;
    while (now().kind == token_kind::text) words += take().words;
    made->constant = literal_text(std::move(words));
    return made;
  }
  case token_kind::integer:
  case token_kind::real:
    return number();
  default:
    break;
  }
  if (skip_symbol("(")) {
    node_ptr made = tuple(true, true);
    expect_symbol(")");
    return made;
  }
  if (at_symbol("[")) return list();
  if (at_symbol("{")) return dict();
  unexpected("an expression");
}

node_ptr expression_parser::list() {
  node_ptr made = make(node_kind::list, take().at);
  while (!at_symbol("]")) {
    if (!made->parts.empty()) expect_symbol(",");
    if (at_symbol("]")) break;
    adopt(*made, expression());
  }
  expect_symbol("]");
  return made;
}

node_ptr expression_parser::dict() {
  node_ptr made = make(node_kind::dict, take().at);
  while (!at_symbol("}")) {
    if (!made->parts.empty()) expect_symbol(",");
    if (at_symbol("}")) break;
    adopt(*made, expression());
    expect_symbol(":");
    adopt(*made, expression());
  }
  expect_symbol("}");
  return made;
}

bool expression_parser::tuple_ends(std::string_view end_word) const {
  return now().kind == token_kind::print_end || now().kind == token_kind::tag_end || at_symbol(")") ||
         (!end_word.empty() && at_word(end_word));
}

node_ptr expression_parser::tuple(bool with_conditional, bool in_brackets, std::string_view end_word) {
  const place at = now().at;
  node_ptr made = make(node_kind::tuple, at);
  bool comma = false;
  while (true) {
    if (!made->parts.empty()) expect_symbol(",");
    if (tuple_ends(end_word)) break;
    adopt(*made, expression(with_conditional));
    if (!at_symbol(",")) break;
    comma = true;
  }
  if (comma) return made;
  if (!made->parts.empty()) return std::move(made->parts.front());
  if (!in_brackets) unexpected("an expression");
  return made;
}

node_ptr expression_parser::target_item(bool attributes) {
  const nested level(*this);
  if (at_symbol("(") || at_symbol("[")) {
    const std::string_view closing = at_symbol("(") ? ")" : "]";
    node_ptr made = make(node_kind::tuple, take().at);
    while (!at_symbol(closing)) {
      if (!made->parts.empty()) expect_symbol(",");
      if (at_symbol(closing)) break;
      adopt(*made, target_item(attributes));
    }
    expect_symbol(closing);
    return made;
  }
  const token t = expect_name();
  if (attributes && skip_symbol(".")) {
    node_ptr made = make(node_kind::attribute, t.at);
    adopt(*made, name(t));
    made->words = expect_name().words;
    return made;
  }
  if (t.words == "true" || t.words == "false" || t.words == "none" || t.words == "True" ||
      t.words == "False" || t.words == "None") {
    fail(in_words(t.at) + "found '" + t.words + "', which cannot be assigned to");
  }
  return name(t);
}

node_ptr expression_parser::target(bool attributes) {
  const place at = now().at;
  node_ptr first = target_item(attributes);
  if (!at_symbol(",")) return first;
  node_ptr made = make(node_kind::tuple, at);
  adopt(*made, std::move(first));
  while (skip_symbol(",")) {
    if (at_word("in") || at_symbol("=") || now().kind == token_kind::tag_end) break;
    adopt(*made, target_item(attributes));
  }
  return made;
}

node_ptr expression_parser::postfix(node_ptr left) {
  while (true) {
    if (at_symbol(".") || at_symbol("[")) {
      left = subscript(std::move(left));
    } else if (at_symbol("(")) {
      left = call(std::move(left));
    } else {
      return left;
    }
  }
}

node_ptr expression_parser::filters(node_ptr left) {
  while (true) {
    if (at_symbol("|")) {
      left = filter_chain(std::move(left));
    } else if (at_word("is")) {
      left = test(std::move(left));
    } else if (at_symbol("(")) {
      left = call(std::move(left));
    } else {
      return left;
    }
  }
}

node_ptr expression_parser::filter_chain(node_ptr input) {
  while (!input || at_symbol("|")) {
    if (input) ++next_;
    const token t = expect_name();
    if (!is_filter(t.words) && conditional_ == 0)
      fail(in_words(t.at) + "found the unknown filter '" + t.words + "'");
    node_ptr made = make(node_kind::filter, t.at);
    made->words = t.words;
    const bool head = !input;
    adopt(*made, std::move(input));
    arguments_of(*made);
    input = std::move(made);
    if (head && !at_symbol("|")) break;
  }
  return input;
}

node_ptr expression_parser::test(node_ptr left) {
  const place at = take().at;
  const bool negated = skip_word("not");
  const token t = expect_name();
  if (!is_test(t.words) && conditional_ == 0)
    fail(in_words(t.at) + "found the unknown test '" + t.words + "'");
  node_ptr made = make(node_kind::test, at);
  made->words = t.words;
  adopt(*made, std::move(left));
  const bool argument = now().kind == token_kind::name || now().kind == token_kind::text ||
                        now().kind == token_kind::integer || now().kind == token_kind::real ||
                        at_symbol("[") || at_symbol("{");
  if (at_symbol("(")) {
    arguments_of(*made);
  } else if (argument && !at_word("else") && !at_word("or") && !at_word("and")) {
    if (at_word("is")) unexpected("something else than a second test");
    made->arguments = std::make_unique<call_arguments>();
    node_ptr given = postfix(primary());
    raise_over(*made, *given);
    made->arguments->positional.push_back(std::move(given));
  }
  if (!negated) return made;
  node_ptr denied = make(node_kind::logical_not, at);
  adopt(*denied, std::move(made));
  return denied;
}

node_ptr expression_parser::call(node_ptr left) {
  node_ptr made = make(node_kind::call, now().at);
  adopt(*made, std::move(left));
  arguments_of(*made);
  return made;
}

node_ptr expression_parser::subscript(node_ptr left) {
  const token open = take();
  if (open.words == ".") {
    if (now().kind == token_kind::integer) {
      node_ptr made = make(node_kind::item, open.at);
      adopt(*made, std::move(left));
      adopt(*made, number());
      return made;
    }
    node_ptr made = make(node_kind::attribute, open.at);
    adopt(*made, std::move(left));
    made->words = expect_name().words;
    return made;
  }
  node_ptr made = make(node_kind::item, open.at);
  adopt(*made, std::move(left));
  node_ptr keys = make(node_kind::tuple, open.at);
  while (!at_symbol("]")) {
    if (!keys->parts.empty()) expect_symbol(",");
    adopt(*keys, subscribed());
  }
  expect_symbol("]");
  adopt(*made, keys->parts.size() == 1 ? std::move(keys->parts.front()) : std::move(keys));
  return made;
}

node_ptr expression_parser::subscribed() {
  node_ptr made = make(node_kind::slice, now().at);
  const auto absent = [this] { return at_symbol(":") || at_symbol("]") || at_symbol(","); };
  if (!at_symbol(":")) {
    node_ptr first = expression();
    if (!at_symbol(":")) return first;
    adopt(*made, std::move(first));
  } else {
    adopt(*made, nullptr);
  }
  expect_symbol(":");
  adopt(*made, absent() ? nullptr : expression());
  adopt(*made, skip_symbol(":") && !absent() ? expression() : nullptr);
  return made;
}

void expression_parser::one_argument(node& n, place opened) {
  call_arguments& to = *n.arguments;
  const auto ensure = [&](bool fine) {
    if (!fine) fail(in_words(opened) + "the arguments of the call are in an order that is not allowed");
  };
  node_ptr made;
  if (skip_symbol("*")) {
    ensure(!to.star && !to.star_star);
    made = expression();
    raise_over(n, *made);
    to.star = std::move(made);
  } else if (skip_symbol("**")) {
    ensure(!to.star_star);
    made = expression();
    raise_over(n, *made);
    to.star_star = std::move(made);
  } else if (now().kind == token_kind::name && is(after(), token_kind::symbol, "=")) {
    ensure(!to.star_star);
    std::string key = take().words;
    ++next_;
    made = expression();
    raise_over(n, *made);
    to.named.emplace_back(std::move(key), std::move(made));
  } else {
    ensure(!to.star && !to.star_star && to.named.empty());
    made = expression();
    raise_over(n, *made);
    to.positional.push_back(std::move(made));
  }
}

void expression_parser::arguments_of(node& n) {
  n.arguments = std::make_unique<call_arguments>();
  if (!at_symbol("(")) return;
  const place opened = take().at;
  bool first = true;
  while (!at_symbol(")")) {
    if (!first) {
      expect_symbol(",");
      if (at_symbol(")")) break;
    }
    one_argument(n, opened);
    first = false;
  }
  expect_symbol(")");
}

}  // namespace hawser::model::jinja
