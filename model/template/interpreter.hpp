/// Walks a tree with a context: one object a rendering, of one thread.
#pragma once

#include "model/template/builtins.hpp"
#include "model/template/syntax.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hawser::model::jinja {

/// Variables of one scope. The outermost scope is not a frame: it is the interpreter's table of all names.
struct frame {
  std::shared_ptr<frame> outer;
  std::vector<std::pair<std::uint32_t, value>> variables;
};

struct macro final : object {
  macro() : object(object_kind::macro) {}

  const node* definition = nullptr;
  std::shared_ptr<frame> home;  ///< where it was defined; cut by the interpreter at the end, as it is a cycle
};

/// `loop`, as a body sees it.
struct loop_state final : object {
  loop_state() : object(object_kind::loop) {}

  std::vector<value> items;
  std::size_t index = 0;
  std::size_t depth = 0;
  std::optional<std::vector<value>> last_seen;  ///< by changed()
  const node* definition = nullptr;             ///< of a recursive loop
  std::shared_ptr<frame> home;
};

class interpreter final : public host {
 public:
  /// `find` gives the context's value of a name, or an undefined one.
  interpreter(const syntax_tree& tree, meter& m, std::chrono::system_clock::time_point now,
              const std::function<value(const std::string&)>& find);
  ~interpreter();

  /// Throws trouble, with the place in front.
  [[nodiscard]] std::string run();

  [[nodiscard]] meter& spending() noexcept override { return meter_; }

  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return now_; }

  [[nodiscard]] value call(const value& callee, arguments args) override;
  void keep(std::shared_ptr<name_space> made) override;

 private:
  enum class flow : std::uint8_t { on, leave_loop, next_turn };
  using body = std::vector<node_ptr>;

  // Statements (interpreter.cpp).
  flow execute(const body& statements);
  flow execute(const node& n);
  flow run_branch(const node& n);
  flow run_loop(const node& n, const value& iterable, std::size_t depth);
  void run_scope(const node& n);
  void run_capture(const node& n);
  void run_filter_block(const node& n);
  void run_call_block(const node& n);
  void define_macro(const node& n);
  [[nodiscard]] std::string captured(const body& statements);

  // Names (interpreter.cpp).
  [[nodiscard]] const value* find(std::uint32_t id) const noexcept;
  void store(std::uint32_t id, value v);
  void assign(const node& target, value v);
  void assign_attribute(const node& target, value v);
  void push_frame();
  void pop_frame();

  // Expressions (evaluate.cpp).
  [[nodiscard]] value evaluate(const node& n);
  [[nodiscard]] value evaluate_here(const node& n);
  [[nodiscard]] value evaluate_name(const node& n);
  [[nodiscard]] value evaluate_dict(const node& n);
  [[nodiscard]] value evaluate_item(const node& n);
  [[nodiscard]] value evaluate_concat(const node& n);
  [[nodiscard]] value evaluate_compare(const node& n);
  [[nodiscard]] value evaluate_call(const node& n, const value* caller = nullptr);
  [[nodiscard]] value evaluate_filter(const node& n, const value* input);
  [[nodiscard]] std::vector<value> evaluate_all(const std::vector<node_ptr>& parts);
  [[nodiscard]] arguments evaluate_arguments(const call_arguments& given);

  // Calls (calls.cpp).
  [[nodiscard]] value attribute(const value& receiver, const std::string& name);
  [[nodiscard]] value loop_attribute(const loop_state& l, const std::string& name, const value& self);
  [[nodiscard]] value call_macro(const macro& m, arguments args);
  [[nodiscard]] value call_loop(loop_state& l, arguments args);
  [[nodiscard]] value call_object_method(const value& receiver, const std::string& name, arguments args);
  [[nodiscard]] value make_macro(const node& n);
  void bind_parameters(const macro& m, arguments& args);

  const syntax_tree& tree_;
  meter& meter_;
  std::chrono::system_clock::time_point now_;
  std::vector<std::optional<value>> names_;  ///< the outermost scope, by id
  std::shared_ptr<frame> frame_;
  std::vector<std::shared_ptr<frame>> captured_frames_;  ///< that a macro or a recursive loop refers to
  std::vector<std::shared_ptr<name_space>> namespaces_;
  text_builder* out_ = nullptr;
  place here_;
  std::optional<std::uint32_t> loop_id_;
  std::optional<std::uint32_t> caller_id_;
  std::optional<std::uint32_t> varargs_id_;
  std::optional<std::uint32_t> kwargs_id_;
};

}  // namespace hawser::model::jinja
