#include "model/template/interpreter.hpp"
#include "model/template/operators.hpp"

#include <algorithm>

namespace hawser::model::jinja {

namespace {

value method_of(meter& m, const value& receiver, std::string_view name) {
  auto made = std::make_shared<method>();
  made->height = height_over(receiver.height());
  made->paid = charge(m, sizeof(method) + name.size());
  made->receiver = receiver;
  made->name = std::string(name);
  return value(std::shared_ptr<object>(std::move(made)));
}

bool takes(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

value interpreter::make_macro(const node& n) {
  auto made = std::make_shared<macro>();
  made->definition = &n;
  made->home = frame_;
  if (frame_ && (captured_frames_.empty() || captured_frames_.back() != frame_)) {
    meter_.take(sizeof(macro) + sizeof(frame));  // kept until the end
    captured_frames_.push_back(frame_);
  }
  return value(std::shared_ptr<object>(std::move(made)));
}

void interpreter::bind_parameters(const macro& m, arguments& args) {
  const node& n = *m.definition;
  const std::size_t declared = n.parts.size();
  const bool rest = (n.uses & uses_varargs) != 0;
  const bool rest_named = (n.uses & uses_kwargs) != 0;
  if (args.positional.size() > declared && !rest) {
    fail("the macro '" + n.words + "' takes at most " + std::to_string(declared) + " arguments, found " +
         std::to_string(args.positional.size()));
  }
  const auto named = [&](const std::string& name) {
    return std::find_if(args.named.begin(), args.named.end(), [&](const auto& a) { return a.first == name; });
  };
  for (std::size_t i = 0; i < declared; ++i) {
    const auto given = named(n.parts[i]->words);
    const std::size_t without_default = declared - n.defaults.size();
    if (i < args.positional.size()) {
      if (given != args.named.end()) fail("the macro '" + n.words + "' got '" + given->first + "' twice");
      store(n.parts[i]->id, args.positional[i]);
    } else if (given != args.named.end()) {
      store(n.parts[i]->id, std::move(given->second));
      args.named.erase(given);
    } else if (i >= without_default) {
      store(n.parts[i]->id, evaluate(*n.defaults[i - without_default]));
    } else {
      store(n.parts[i]->id, value::missing("the parameter '" + n.parts[i]->words + "' was not given"));
    }
  }
  const auto caller = named("caller");
  if ((n.uses & uses_caller) != 0) {
    store(*caller_id_, caller != args.named.end() ? caller->second : value::missing("no caller was given"));
    if (caller != args.named.end()) args.named.erase(caller);
  }
  if (!args.named.empty() && !rest_named) {
    fail("the macro '" + n.words + "' takes no argument named '" + args.named.front().first + "'");
  }
  if (rest) {
    const auto from = std::min(declared, args.positional.size());
    store(*varargs_id_,
          make_list(meter_,
                    {args.positional.begin() + static_cast<std::ptrdiff_t>(from), args.positional.end()},
                    list_kind::tuple));
  }
  if (rest_named) {
    dict_builder made(meter_);
    for (auto& [key, v] : args.named) made.set(make_text(meter_, key), std::move(v));
    store(*kwargs_id_, made.take());
  }
}

value interpreter::call_macro(const macro& m, arguments args) {
  const call_level one(meter_);
  const auto outer = std::exchange(frame_, m.home);
  push_frame();
  bind_parameters(m, args);
  value made = make_text(meter_, captured(m.definition->bodies.front()));
  frame_ = outer;
  return made;
}

value interpreter::call_loop(loop_state& l, arguments args) {
  if (l.definition == nullptr) fail("the loop is not recursive: it cannot be called");
  if (args.positional.size() != 1 || !args.named.empty())
    fail("a recursive loop is called with one iterable");
  const call_level one(meter_);
  const auto outer = std::exchange(frame_, l.home);
  text_builder inner(meter_);
  text_builder* const out = std::exchange(out_, &inner);
  run_loop(*l.definition, args.positional.front(), l.depth + 1);
  out_ = out;
  frame_ = outer;
  return make_text(meter_, inner.take());
}

value interpreter::call(const value& callee, arguments args) {
  meter_.step();
  object* o = callee.as_object();
  if (callee.is_undefined()) fail(callee.why());
  if (o == nullptr) fail("a " + type_name(callee) + " cannot be called");
  // The name that holds it may be set anew meanwhile.
  const value alive = callee;  // NOLINT(performance-unnecessary-copy-initialization)
  switch (o->kind) {
  case object_kind::macro:
    return call_macro(*static_cast<macro*>(o), std::move(args));
  case object_kind::loop:
    return call_loop(*static_cast<loop_state*>(o), std::move(args));
  case object_kind::function:
    return call_builtin(*this, static_cast<function*>(o)->which, std::move(args));
  case object_kind::method: {
    const auto& bound = *static_cast<method*>(o);
    if (bound.receiver.as_object() != nullptr)
      return call_object_method(bound.receiver, bound.name, std::move(args));
    return call_method(*this, bound.receiver, bound.name, std::move(args));
  }
  case object_kind::joiner: {
    auto& j = *static_cast<joiner*>(o);
    return std::exchange(j.used, true) ? j.separator : make_text(meter_, "");
  }
  case object_kind::cycler:
  case object_kind::name_space:
    break;
  }
  fail("a " + type_name(callee) + " cannot be called");
}

value interpreter::call_object_method(const value& receiver, const std::string& name, arguments args) {
  object* o = receiver.as_object();
  if (o->kind == object_kind::cycler) {
    auto& c = *static_cast<cycler*>(o);
    const value now = c.items[c.position];
    c.position = name == "next" ? (c.position + 1) % c.items.size() : 0;
    return name == "next" ? now : value(none{});
  }
  auto& l = *static_cast<loop_state*>(o);
  if (name == "cycle") {
    if (args.positional.empty()) fail("loop.cycle() wants something to cycle through");
    return args.positional[l.index % args.positional.size()];
  }
  // changed(): whether the arguments differ from the last time's.
  const bool same =
      l.last_seen &&
      std::equal(l.last_seen->begin(), l.last_seen->end(), args.positional.begin(), args.positional.end(),
                 [this](const value& a, const value& b) { return equal(a, b, &meter_); });
  if (!same) {
    for (const value& v : args.positional) l.height = std::max(l.height, height_over(v.height()));
    l.last_seen = std::move(args.positional);
  }
  return value(!same);
}

value interpreter::loop_attribute(const loop_state& l, const std::string& name, const value& self) {
  const auto number = [](std::size_t n) { return value(static_cast<std::int64_t>(n)); };
  const std::size_t count = l.items.size();
  if (name == "index") return number(l.index + 1);
  if (name == "index0") return number(l.index);
  if (name == "first") return value(l.index == 0);
  if (name == "last") return value(l.index + 1 == count);
  if (name == "length") return number(count);
  if (name == "revindex") return number(count - l.index);
  if (name == "revindex0") return number(count - l.index - 1);
  if (name == "depth") return number(l.depth + 1);
  if (name == "depth0") return number(l.depth);
  if (name == "previtem")
    return l.index > 0 ? l.items[l.index - 1] : value::missing("there is no previous item");
  if (name == "nextitem")
    return l.index + 1 < count ? l.items[l.index + 1] : value::missing("there is no next item");
  if (name == "cycle" || name == "changed") return method_of(meter_, self, name);
  return no_attribute(self, name);
}

value interpreter::attribute(const value& receiver, const std::string& name) {
  if (receiver.is_undefined()) fail(receiver.why());
  if (has_method(receiver, name)) return method_of(meter_, receiver, name);
  if (const dict* d = receiver.as_dict()) {
    const value* found = d->find(name);
    return found != nullptr ? *found : no_attribute(receiver, name);
  }
  const std::vector<std::string_view> changing{"append", "clear",  "extend",  "insert",
                                               "pop",    "remove", "reverse", "sort"};
  if (receiver.as_list() != nullptr && receiver.as_list()->kind == list_kind::list && takes(changing, name)) {
    return value::missing("'" + name +
                          "' would change a list, which templates may not (use + or a namespace)");
  }
  object* o = receiver.as_object();
  if (o == nullptr) return no_attribute(receiver, name);
  if (o->kind == object_kind::name_space) {
    for (const auto& [key, v] : static_cast<name_space*>(o)->entries) {
      if (key == name) return v;
    }
  } else if (o->kind == object_kind::loop) {
    return loop_attribute(*static_cast<loop_state*>(o), name, receiver);
  } else if (o->kind == object_kind::macro && name == "name") {
    return make_text(meter_, static_cast<macro*>(o)->definition->words);
  } else if (o->kind == object_kind::cycler && (name == "next" || name == "reset")) {
    return method_of(meter_, receiver, name);
  } else if (o->kind == object_kind::cycler && name == "current") {
    const auto& c = *static_cast<cycler*>(o);
    return c.items[c.position];
  }
  return no_attribute(receiver, name);
}

}  // namespace hawser::model::jinja
