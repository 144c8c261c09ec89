/// Tokens to a tree: Jinja's grammar with the extensions that chat templates are rendered with (break,
/// continue, generation).
#pragma once

#include "model/template/syntax.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model::jinja {

/// What both halves of the parser stand on: the tokens, the names and the limits.
class parser_base {
 protected:
  explicit parser_base(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const token& now() const { return tokens_[next_]; }

  [[nodiscard]] const token& after() const { return tokens_[next_ + 1 < tokens_.size() ? next_ + 1 : next_]; }

  token take();
  [[nodiscard]] static bool is(const token& t, token_kind kind, std::string_view words);

  [[nodiscard]] bool at_symbol(std::string_view s) const { return is(now(), token_kind::symbol, s); }

  [[nodiscard]] bool at_word(std::string_view s) const { return is(now(), token_kind::name, s); }

  bool skip_symbol(std::string_view s);
  bool skip_word(std::string_view s);
  void expect_symbol(std::string_view s);
  token expect_name();
  [[noreturn]] void unexpected(std::string_view wanted) const;

  [[nodiscard]] std::uint32_t id_of(const std::string& name);
  [[nodiscard]] static node_ptr make(node_kind kind, place at);
  /// Adds a part and keeps the height; fails when the tree grows too high.
  static void adopt(node& parent, node_ptr part);
  static void adopt(node& parent, std::vector<node_ptr> body);
  static void raise_over(node& parent, const node& child);

  /// One level of nesting in the source.
  class nested {
   public:
    explicit nested(parser_base& p);

    nested(const nested&) = delete;
    nested& operator=(const nested&) = delete;

    ~nested() { --parser_.depth_; }

   private:
    parser_base& parser_;
  };

  std::vector<token> tokens_;
  std::size_t next_ = 0;
  std::uint32_t depth_ = 0;
  std::uint32_t conditional_ = 0;  ///< inside an if: an unknown filter is an error only when it is reached
  std::uint8_t used_ = 0;          ///< which hidden parameters the macro at hand has spoken of so far
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> ids_;
};

class expression_parser : protected parser_base {
 protected:
  explicit expression_parser(std::vector<token> tokens) : parser_base(std::move(tokens)) {}

  [[nodiscard]] node_ptr expression(bool with_conditional = true);
  /// One expression, or a tuple without brackets.
  [[nodiscard]] node_ptr tuple(bool with_conditional = true, bool in_brackets = false,
                               std::string_view end_word = {});
  /// Names, tuples of names, and namespace attributes when `attributes`.
  [[nodiscard]] node_ptr target(bool attributes);
  [[nodiscard]] node_ptr filter_chain(node_ptr input);
  [[nodiscard]] node_ptr postfix(node_ptr left);
  [[nodiscard]] node_ptr primary();
  [[nodiscard]] node_ptr name(const token& t);

 private:
  [[nodiscard]] node_ptr logical_or();
  [[nodiscard]] node_ptr logical_and();
  [[nodiscard]] node_ptr logical_not();
  [[nodiscard]] node_ptr compare();
  [[nodiscard]] node_ptr sum();
  [[nodiscard]] node_ptr concat();
  [[nodiscard]] node_ptr product();
  [[nodiscard]] node_ptr power();
  [[nodiscard]] node_ptr unary(bool with_filters = true);
  [[nodiscard]] node_ptr filters(node_ptr left);
  [[nodiscard]] node_ptr number();
  [[nodiscard]] node_ptr list();
  [[nodiscard]] node_ptr dict();
  [[nodiscard]] node_ptr subscript(node_ptr left);
  [[nodiscard]] node_ptr subscribed();
  [[nodiscard]] node_ptr test(node_ptr left);
  [[nodiscard]] node_ptr call(node_ptr left);
  [[nodiscard]] node_ptr binary(node_ptr left, const token& op, node_ptr right);
  void arguments_of(node& n);
  void one_argument(node& n, place opened);
  [[nodiscard]] bool tuple_ends(std::string_view end_word) const;
  [[nodiscard]] node_ptr target_item(bool attributes);
};

}  // namespace hawser::model::jinja
