#include "model/template/interpreter.hpp"

#include "model/template/operators.hpp"
#include "model/template/printing.hpp"

#include <algorithm>

namespace hawser::model::jinja {

namespace {

/// loop.changed(loop) makes a loop remember itself.
struct forgets_at_the_end {
  loop_state& state;

  forgets_at_the_end(const forgets_at_the_end&) = delete;
  forgets_at_the_end& operator=(const forgets_at_the_end&) = delete;

  explicit forgets_at_the_end(loop_state& s) : state(s) {}

  ~forgets_at_the_end() { state.last_seen.reset(); }
};

}  // namespace

interpreter::interpreter(const syntax_tree& tree, meter& m, std::chrono::system_clock::time_point now,
                         const std::function<value(const std::string&)>& find_in_context)
    : tree_(tree), meter_(m), now_(now), names_(tree.names.size()) {
  for (std::uint32_t id = 0; id < names_.size(); ++id) {
    const std::string& name = tree.names[id];
    if (name == "loop") loop_id_ = id;
    if (name == "caller") caller_id_ = id;
    if (name == "varargs") varargs_id_ = id;
    if (name == "kwargs") kwargs_id_ = id;
    value v = find_in_context(name);
    if (v.is_undefined()) v = global_function(name);
    if (!v.is_undefined()) names_[id] = std::move(v);
  }
}

interpreter::~interpreter() {
  // Macros know the frame that knows them, and namespaces may hold each other: the circles are cut here.
  for (const auto& f : captured_frames_) f->variables.clear();
  for (const auto& n : namespaces_) n->entries.clear();
}

std::string interpreter::run() {
  text_builder out(meter_);
  out_ = &out;
  try {
    execute(tree_.body);
  } catch (const trouble& t) {
    throw trouble{in_words(here_) + t.what};
  }
  return out.take();
}

void interpreter::keep(std::shared_ptr<name_space> made) {
  meter_.take(sizeof(name_space));  // until the end, hence never given back
  namespaces_.push_back(std::move(made));
}

const value* interpreter::find(std::uint32_t id) const noexcept {
  for (const frame* f = frame_.get(); f != nullptr; f = f->outer.get()) {
    for (const auto& [known, v] : f->variables) {
      if (known == id) return &v;
    }
  }
  return names_[id] ? &*names_[id] : nullptr;
}

void interpreter::store(std::uint32_t id, value v) {
  if (!frame_) {
    names_[id] = std::move(v);
    return;
  }
  for (auto& [known, old] : frame_->variables) {
    if (known == id) {
      old = std::move(v);
      return;
    }
  }
  frame_->variables.emplace_back(id, std::move(v));
}

void interpreter::push_frame() {
  meter_.step();
  auto inner = std::make_shared<frame>();
  inner->outer = frame_;
  frame_ = std::move(inner);
}

void interpreter::pop_frame() {
  frame_ = frame_->outer;
}

void interpreter::assign(const node& target, value v) {
  if (target.kind == node_kind::name) return store(target.id, std::move(v));
  if (target.kind == node_kind::attribute) return assign_attribute(target, std::move(v));
  if (v.is_undefined()) fail(v.why());
  const auto items = items_of(meter_, v);
  if (items.size() != target.parts.size()) {
    fail("found " + std::to_string(items.size()) + " values to unpack, expected " +
         std::to_string(target.parts.size()));
  }
  for (std::size_t i = 0; i < items.size(); ++i) assign(*target.parts[i], items[i]);
}

void interpreter::assign_attribute(const node& target, value v) {
  const value* to = find(target.parts.front()->id);
  object* o = to != nullptr ? to->as_object() : nullptr;
  if (o == nullptr || o->kind != object_kind::name_space) {
    fail("'" + target.parts.front()->words + "' is not a namespace: its attributes cannot be set");
  }
  auto& entries = static_cast<name_space*>(o)->entries;
  o->height = std::max(o->height, height_over(v.height()));
  const auto it =
      std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == target.words; });
  if (it != entries.end()) {
    it->second = std::move(v);
  } else {
    entries.emplace_back(target.words, std::move(v));
  }
}

interpreter::flow interpreter::execute(const body& statements) {
  for (const node_ptr& n : statements) {
    if (const flow f = execute(*n); f != flow::on) return f;
  }
  return flow::on;
}

interpreter::flow interpreter::execute(const node& n) {
  meter_.step();
  const level one(meter_);
  here_ = n.at;
  switch (n.kind) {
  case node_kind::data:
    out_->append(n.words);
    break;
  case node_kind::output:
    print(meter_, evaluate(*n.parts.front()), *out_);
    break;
  case node_kind::branch:
    return run_branch(n);
  case node_kind::loop: {
    const value iterable = evaluate(*n.parts[1]);
    return run_loop(n, iterable, 0);
  }
  case node_kind::assign:
    assign(*n.parts[0], evaluate(*n.parts[1]));
    break;
  case node_kind::capture:
    run_capture(n);
    break;
  case node_kind::macro:
    define_macro(n);
    break;
  case node_kind::call_block:
    run_call_block(n);
    break;
  case node_kind::filter_block:
    run_filter_block(n);
    break;
  case node_kind::scope:
    run_scope(n);
    break;
  case node_kind::leave_loop:
    return flow::leave_loop;
  case node_kind::next_turn:
    return flow::next_turn;
  default:
    fail("an expression stands where a statement should");
  }
  return flow::on;
}

interpreter::flow interpreter::run_branch(const node& n) {
  for (std::size_t i = 0; i < n.parts.size(); ++i) {
    if (truth(evaluate(*n.parts[i]))) return execute(n.bodies[i]);
  }
  return n.bodies.size() > n.parts.size() ? execute(n.bodies.back()) : flow::on;
}

interpreter::flow interpreter::run_loop(const node& n, const value& iterable, std::size_t depth) {
  here_ = n.at;
  auto state = std::make_shared<loop_state>();
  state->items = items_of(meter_, iterable);
  state->paid = charge(meter_, sizeof(loop_state) + state->items.size() * sizeof(value));
  if (const node* condition = n.parts[2].get()) {
    std::vector<value> kept;
    for (value& v : state->items) {
      push_frame();
      assign(*n.parts[0], v);
      const bool wanted = truth(evaluate(*condition));
      pop_frame();
      if (wanted) kept.push_back(std::move(v));
    }
    state->items = std::move(kept);
  }
  std::uint32_t inside = 0;
  for (const value& v : state->items) inside = std::max(inside, v.height());
  state->height = height_over(inside);
  state->depth = depth;
  if (n.flag) {
    state->definition = &n;
    state->home = frame_;
  }
  if (state->items.empty() && n.bodies.size() > 1) {
    push_frame();
    const flow f = execute(n.bodies[1]);
    pop_frame();
    return f;
  }
  const value self{std::shared_ptr<object>(state)};
  const forgets_at_the_end cut{*state};
  for (; state->index < state->items.size(); ++state->index) {
    push_frame();
    if (loop_id_) store(*loop_id_, self);
    assign(*n.parts[0], state->items[state->index]);
    const flow f = execute(n.bodies[0]);
    pop_frame();
    if (f == flow::leave_loop) break;
  }
  return flow::on;
}

void interpreter::run_scope(const node& n) {
  std::vector<value> values;
  for (std::size_t i = 1; i < n.parts.size(); i += 2) values.push_back(evaluate(*n.parts[i]));
  push_frame();
  for (std::size_t i = 0; i < values.size(); ++i) assign(*n.parts[2 * i], std::move(values[i]));
  execute(n.bodies.front());
  pop_frame();
}

std::string interpreter::captured(const body& statements) {
  text_builder inner(meter_);
  text_builder* const outer = std::exchange(out_, &inner);
  execute(statements);
  out_ = outer;
  return inner.take();
}

void interpreter::run_capture(const node& n) {
  push_frame();
  value v = make_text(meter_, captured(n.bodies.front()));
  if (n.parts[1]) v = evaluate_filter(*n.parts[1], &v);
  pop_frame();
  assign(*n.parts[0], std::move(v));
}

void interpreter::run_filter_block(const node& n) {
  push_frame();
  const value v = make_text(meter_, captured(n.bodies.front()));
  print(meter_, evaluate_filter(*n.parts.front(), &v), *out_);
  pop_frame();
}

void interpreter::run_call_block(const node& n) {
  const value caller = make_macro(*n.parts[1]);
  print(meter_, evaluate_call(*n.parts[0], &caller), *out_);
}

void interpreter::define_macro(const node& n) {
  store(n.id, make_macro(n));
}

}  // namespace hawser::model::jinja
