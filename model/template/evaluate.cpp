#include "model/template/interpreter.hpp"
#include "model/template/operators.hpp"
#include "model/template/printing.hpp"

#include <algorithm>

namespace hawser::model::jinja {

value interpreter::evaluate(const node& n) {
  if (n.kind == node_kind::literal) return n.constant;
  meter_.step();
  const level one(meter_);
  return evaluate_here(n);
}

value interpreter::evaluate_here(const node& n) {
  here_ = n.at;
  switch (n.kind) {
  case node_kind::literal:
    return n.constant;
  case node_kind::name:
    return evaluate_name(n);
  case node_kind::list:
    return make_list(meter_, evaluate_all(n.parts));
  case node_kind::tuple:
    return make_list(meter_, evaluate_all(n.parts), list_kind::tuple);
  case node_kind::dict:
    return evaluate_dict(n);
  case node_kind::attribute: {
    const value receiver = evaluate(*n.parts.front());
    here_ = n.at;
    return attribute(receiver, n.words);
  }
  case node_kind::item:
    return evaluate_item(n);
  case node_kind::call:
    return evaluate_call(n);
  case node_kind::filter:
    return evaluate_filter(n, nullptr);
  case node_kind::test: {
    const value input = evaluate(*n.parts.front());
    const arguments args = n.arguments ? evaluate_arguments(*n.arguments) : arguments{};
    here_ = n.at;
    return value(apply_test(*this, n.words, input, args));
  }
  case node_kind::negate:
    return negated(evaluate(*n.parts.front()));
  case node_kind::plus: {
    value v = evaluate(*n.parts.front());
    return v.as_real() != nullptr ? v : negated(negated(v));
  }
  case node_kind::logical_not:
    return value(!truth(evaluate(*n.parts.front())));
  case node_kind::logical_and: {
    value left = evaluate(*n.parts[0]);
    return truth(left) ? evaluate(*n.parts[1]) : left;
  }
  case node_kind::logical_or: {
    value left = evaluate(*n.parts[0]);
    return truth(left) ? left : evaluate(*n.parts[1]);
  }
  case node_kind::binary: {
    const value left = evaluate(*n.parts[0]);
    const value right = evaluate(*n.parts[1]);
    here_ = n.at;
    return apply_operator(meter_, n.words, left, right);
  }
  case node_kind::compare:
    return evaluate_compare(n);
  case node_kind::concat:
    return evaluate_concat(n);
  case node_kind::conditional:
    if (truth(evaluate(*n.parts[1]))) return evaluate(*n.parts[0]);
    return n.parts[2] ? evaluate(*n.parts[2])
                      : value::missing("the inline if was false and there is no else");
  default:
    fail("a statement stands where an expression should");
  }
}

value interpreter::evaluate_name(const node& n) {
  const value* v = find(n.id);
  return v != nullptr ? *v : value::missing("'" + n.words + "' is undefined");
}

std::vector<value> interpreter::evaluate_all(const std::vector<node_ptr>& parts) {
  std::vector<value> made;
  made.reserve(parts.size());
  for (const node_ptr& p : parts) made.push_back(evaluate(*p));
  return made;
}

value interpreter::evaluate_dict(const node& n) {
  dict_builder made(meter_);
  for (std::size_t i = 0; i < n.parts.size(); i += 2) {
    value key = evaluate(*n.parts[i]);
    value item = evaluate(*n.parts[i + 1]);
    here_ = n.at;
    made.set(std::move(key), std::move(item));
  }
  return made.take();
}

value interpreter::evaluate_item(const node& n) {
  const value receiver = evaluate(*n.parts[0]);
  const node& key = *n.parts[1];
  if (key.kind == node_kind::slice) {
    const auto part = [&](std::size_t i) { return key.parts[i] ? evaluate(*key.parts[i]) : value(none{}); };
    const value begin = part(0);
    const value end = part(1);
    const value step = part(2);
    here_ = n.at;
    if (receiver.is_undefined()) fail(receiver.why());
    return slice_of(meter_, receiver, begin, end, step);
  }
  const value at = evaluate(key);
  here_ = n.at;
  if (receiver.is_undefined()) fail(receiver.why());
  if (auto found = item_of(meter_, receiver, at)) return *found;
  if (const text* name = at.as_text()) {
    return receiver.as_dict() != nullptr && !has_method(receiver, name->bytes)
               ? no_attribute(receiver, name->bytes)
               : attribute(receiver, name->bytes);
  }
  return no_attribute(receiver, printed(meter_, at));
}

value interpreter::evaluate_concat(const node& n) {
  const auto pieces = evaluate_all(n.parts);
  const auto is_safe = [](const value& v) { return v.as_text() != nullptr && v.as_text()->safe; };
  const bool safe = std::any_of(pieces.begin(), pieces.end(), is_safe);
  text_builder made(meter_);
  for (const value& v : pieces) {
    if (safe && !is_safe(v)) {
      print_escaped(printed(meter_, v), made);
    } else {
      print(meter_, v, made);
    }
  }
  return make_text(meter_, made.take(), safe);
}

value interpreter::evaluate_compare(const node& n) {
  value left = evaluate(*n.parts[0]);
  for (std::size_t i = 0; i < n.operators.size(); ++i) {
    value right = evaluate(*n.parts[i + 1]);
    here_ = n.at;
    if (!apply_comparison(meter_, n.operators[i], left, right)) return value(false);
    left = std::move(right);
  }
  return value(true);
}

arguments interpreter::evaluate_arguments(const call_arguments& given) {
  arguments made;
  made.positional = evaluate_all(given.positional);
  for (const auto& [key, expression] : given.named) made.named.emplace_back(key, evaluate(*expression));
  if (given.star) {
    for (value& v : items_of(meter_, evaluate(*given.star))) made.positional.push_back(std::move(v));
  }
  if (given.star_star) {
    const value more = evaluate(*given.star_star);
    const dict* d = more.as_dict();
    if (d == nullptr) fail("** wants a dictionary, found " + type_name(more));
    for (const auto& [key, item] : d->entries) {
      if (key.as_text() == nullptr) fail("** wants keys that are strings, found " + type_name(key));
      made.named.emplace_back(key.as_text()->bytes, item);
    }
  }
  return made;
}

value interpreter::evaluate_call(const node& n, const value* caller) {
  const node& callee = *n.parts.front();
  const bool on_value = callee.kind == node_kind::attribute;
  const value target = evaluate(on_value ? *callee.parts.front() : callee);
  arguments args = evaluate_arguments(*n.arguments);
  if (caller != nullptr) args.named.emplace_back("caller", *caller);
  here_ = n.at;
  if (on_value && has_method(target, callee.words))
    return call_method(*this, target, callee.words, std::move(args));
  return call(on_value ? attribute(target, callee.words) : target, std::move(args));
}

value interpreter::evaluate_filter(const node& n, const value* input) {
  const level one(meter_);
  const node* before = n.parts.front().get();
  value v;
  if (before == nullptr) {
    v = *input;
  } else {
    v = input != nullptr ? evaluate_filter(*before, input) : evaluate(*before);
  }
  arguments args = evaluate_arguments(*n.arguments);
  here_ = n.at;
  return apply_filter(*this, n.words, v, std::move(args));
}

}  // namespace hawser::model::jinja
