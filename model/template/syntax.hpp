/// A compiled template: one kind of node for statements and expressions.
#pragma once

#include "model/template/lexer.hpp"
#include "model/template/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hawser::model::jinja {

inline constexpr std::uint32_t max_tree_height = 300;

struct node;
using node_ptr = std::unique_ptr<node>;

enum class node_kind : std::uint8_t {
  // Expressions. `parts` in brackets.
  literal,
  name,
  list,
  tuple,
  dict,       ///< [key, value, key, value, ...]
  attribute,  ///< [receiver], words
  item,       ///< [receiver, key]
  slice,      ///< [begin, end, step], each may be null; only as the key of an item
  call,       ///< [callee], arguments
  filter,     ///< [input], words, arguments; input is null at the head of a filter block
  test,       ///< [input], words, arguments
  negate,
  plus,
  logical_not,
  logical_and,
  logical_or,
  binary,       ///< [left, right], words is the operator
  compare,      ///< [first, second, ...], operators between them
  concat,       ///< [piece, ...]
  conditional,  ///< [value, test, otherwise], otherwise may be null
  // Statements.
  data,        ///< words
  output,      ///< [expression]
  branch,      ///< [test, test, ...], one body each in `bodies`; one body more is the else
  loop,        ///< [target, iterable, condition or null], bodies: {body, else}, flag: recursive
  assign,      ///< [target, expression]
  capture,     ///< [target, filter chain or null], bodies: {body}
  macro,       ///< id, words: its name, parameters in `parts` (names), defaults in `defaults`, bodies: {body}
  call_block,  ///< [call], the caller is parts[1], a macro
  filter_block,  ///< [filter chain], bodies: {body}
  scope,         ///< with: [target, value, target, value, ...], bodies: {body}
  leave_loop,
  next_turn
};

struct call_arguments {
  std::vector<node_ptr> positional;
  std::vector<std::pair<std::string, node_ptr>> named;
  node_ptr star;       ///< *sequence
  node_ptr star_star;  ///< **mapping
};

/// Which of Jinja's hidden parameters a macro's body speaks of.
inline constexpr std::uint8_t uses_caller = 1;
inline constexpr std::uint8_t uses_varargs = 2;
inline constexpr std::uint8_t uses_kwargs = 4;

struct node {
  node_kind kind{};
  std::uint8_t uses = 0;  ///< of a macro
  place at;
  std::uint32_t height = 1;  ///< of the tree below, itself included
  std::uint32_t id = 0;      ///< of a name, in syntax_tree::names
  bool flag = false;
  std::string words;
  value constant;
  std::vector<node_ptr> parts;
  std::vector<std::string> operators;
  std::vector<node_ptr> defaults;
  std::unique_ptr<call_arguments> arguments;
  std::vector<std::vector<node_ptr>> bodies;
};

/// Names are numbered, so that looking one up compares numbers.
struct syntax_tree {
  std::vector<node_ptr> body;
  std::vector<std::string> names;
};

/// Throws trouble: line, column, what was found and what was expected. Trees are at most max_tree_height
/// high.
[[nodiscard]] syntax_tree parse(std::string_view source);

}  // namespace hawser::model::jinja
