#include "model/template/parser.hpp"

#include <algorithm>

namespace hawser::model::jinja {

namespace {

constexpr std::uint32_t max_source_depth =
    80;  // each level of brackets costs a dozen frames of the parser's stack

class statement_parser final : expression_parser {
 public:
  explicit statement_parser(std::vector<token> tokens) : expression_parser(std::move(tokens)) {}

  syntax_tree run() {
    syntax_tree tree;
    tree.body = body({});
    tree.names = std::move(names_);
    return tree;
  }

 private:
  using words = std::vector<std::string_view>;

  /// Up to the tag that begins with one of `ends`; its name is taken, its end is not. Without `ends`:
  /// everything.
  std::vector<node_ptr> body(const words& ends) {
    const nested level(*this);
    std::vector<node_ptr> made;
    while (true) {
      const token t = now();
      if (t.kind == token_kind::end) {
        if (!ends.empty()) unexpected("{% " + std::string(ends.back()) + " %}");
        return made;
      }
      ++next_;
      if (t.kind == token_kind::data) {
        node_ptr n = make(node_kind::data, t.at);
        n->words = t.words;
        made.push_back(std::move(n));
      } else if (t.kind == token_kind::print_begin) {
        node_ptr n = make(node_kind::output, t.at);
        adopt(*n, tuple());
        if (now().kind != token_kind::print_end) unexpected("}}");
        ++next_;
        made.push_back(std::move(n));
      } else {
        if (std::any_of(ends.begin(), ends.end(), [this](std::string_view e) { return at_word(e); }))
          return made;
        statement(made);
      }
    }
  }

  void end_tag() {
    if (now().kind != token_kind::tag_end) unexpected("%}");
    ++next_;
  }

  /// The body after a tag's end, its closing tag included.
  std::vector<node_ptr> block(std::string_view end) {
    end_tag();
    auto made = body({end});
    ++next_;
    return made;
  }

  void statement(std::vector<node_ptr>& into) {
    const token t = expect_name();
    if (t.words == "generation") {
      into.push_back(generation(t.at));
    } else {
      into.push_back(one_statement(t));
    }
    end_tag();
  }

  node_ptr one_statement(const token& t) {
    const std::string& w = t.words;
    if (w == "if") return branch(t.at);
    if (w == "for") return loop(t.at);
    if (w == "set") return set(t.at);
    if (w == "macro") return macro(t.at);
    if (w == "call") return call_block(t.at);
    if (w == "filter") return filter_block(t.at);
    if (w == "with") return with(t.at);
    if (w == "print") {
      node_ptr n = make(node_kind::output, t.at);
      adopt(*n, tuple());
      return n;
    }
    if (w == "break" || w == "continue") {
      if (loops_ == 0) fail(in_words(t.at) + "found '" + w + "' outside of a loop");
      return make(w == "break" ? node_kind::leave_loop : node_kind::next_turn, t.at);
    }
    if (w == "include" || w == "import" || w == "from" || w == "extends" || w == "block") {
      fail(in_words(t.at) + "found {% " + w + " %}, but a chat template is one file and cannot use others");
    }
    fail(in_words(t.at) + "found the unknown tag '" + w + "'");
  }

  node_ptr branch(place at) {
    node_ptr n = make(node_kind::branch, at);
    ++conditional_;
    adopt(*n, tuple(false));
    while (true) {
      end_tag();
      adopt(*n, body({"elif", "else", "endif"}));
      const token t = take();
      if (t.words == "elif") {
        adopt(*n, tuple(false));
        continue;
      }
      if (t.words == "else") adopt(*n, block("endif"));
      break;
    }
    --conditional_;
    return n;
  }

  node_ptr loop(place at) {
    node_ptr n = make(node_kind::loop, at);
    adopt(*n, target(false));
    if (!skip_word("in")) unexpected("in");
    adopt(*n, tuple(false, false, "recursive"));
    adopt(*n, skip_word("if") ? expression() : nullptr);
    n->flag = skip_word("recursive");
    end_tag();
    ++loops_;
    adopt(*n, body({"endfor", "else"}));
    --loops_;
    if (take().words == "else") adopt(*n, block("endfor"));
    return n;
  }

  node_ptr set(place at) {
    node_ptr to = target(true);
    if (skip_symbol("=")) {
      node_ptr n = make(node_kind::assign, at);
      adopt(*n, std::move(to));
      adopt(*n, tuple());
      return n;
    }
    node_ptr n = make(node_kind::capture, at);
    adopt(*n, std::move(to));
    node_ptr chain;
    if (skip_symbol("|")) chain = filter_chain(nullptr);
    adopt(*n, std::move(chain));
    adopt(*n, apart("endset"));
    return n;
  }

  /// A body that break and continue cannot leave: it is a function of its own.
  std::vector<node_ptr> apart(std::string_view end) {
    const auto loops = std::exchange(loops_, 0);
    auto made = block(end);
    loops_ = loops;
    return made;
  }

  void signature(node& n) {
    expect_symbol("(");
    while (!at_symbol(")")) {
      if (!n.parts.empty()) expect_symbol(",");
      if (at_symbol(")")) break;
      adopt(n, name(expect_name()));
      if (skip_symbol("=")) {
        node_ptr preset = expression();
        raise_over(n, *preset);
        n.defaults.push_back(std::move(preset));
      } else if (!n.defaults.empty()) {
        unexpected("a default, as the parameter before has one");
      }
    }
    expect_symbol(")");
  }

  void function_body(node& n, std::string_view end) {
    const auto outside = std::exchange(used_, std::uint8_t{0});
    adopt(n, apart(end));
    n.uses = used_;
    used_ |= outside;
  }

  node_ptr macro(place at) {
    const token t = expect_name();
    node_ptr n = make(node_kind::macro, at);
    n->words = t.words;
    n->id = id_of(t.words);
    signature(*n);
    function_body(*n, "endmacro");
    return n;
  }

  node_ptr call_block(place at) {
    node_ptr caller = make(node_kind::macro, at);
    caller->words = "caller";
    if (at_symbol("(")) signature(*caller);
    node_ptr n = make(node_kind::call_block, at);
    adopt(*n, expression());
    if (n->parts.front()->kind != node_kind::call)
      fail(in_words(at) + "found a call block that calls nothing");
    function_body(*caller, "endcall");
    adopt(*n, std::move(caller));
    return n;
  }

  node_ptr filter_block(place at) {
    node_ptr n = make(node_kind::filter_block, at);
    adopt(*n, filter_chain(nullptr));
    adopt(*n, block("endfilter"));
    return n;
  }

  node_ptr with(place at) {
    node_ptr n = make(node_kind::scope, at);
    while (now().kind != token_kind::tag_end) {
      if (!n->parts.empty()) expect_symbol(",");
      adopt(*n, target_item_of_with());
      expect_symbol("=");
      adopt(*n, expression());
    }
    adopt(*n, block("endwith"));
    return n;
  }

  node_ptr target_item_of_with() { return name(expect_name()); }

  /// transformers marks the assistant's own words with it; rendering only needs its body, in a scope of its
  /// own.
  node_ptr generation(place at) {
    node_ptr n = make(node_kind::scope, at);
    adopt(*n, apart("endgeneration"));
    return n;
  }

  std::uint32_t loops_ = 0;
};

}  // namespace

token parser_base::take() {
  return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_];
}

bool parser_base::is(const token& t, token_kind kind, std::string_view words) {
  return t.kind == kind && t.words == words;
}

bool parser_base::skip_symbol(std::string_view s) {
  if (!at_symbol(s)) return false;
  ++next_;
  return true;
}

bool parser_base::skip_word(std::string_view s) {
  if (!at_word(s)) return false;
  ++next_;
  return true;
}

void parser_base::expect_symbol(std::string_view s) {
  if (!skip_symbol(s)) unexpected(s);
}

token parser_base::expect_name() {
  if (now().kind != token_kind::name) unexpected("a name");
  return take();
}

void parser_base::unexpected(std::string_view wanted) const {
  constexpr std::size_t shown = 40;
  std::string found = now().words.substr(0, shown);
  if (now().kind == token_kind::data) found = "text";
  if (now().kind == token_kind::text) found = "the string '" + found + "'";
  fail(in_words(now().at) + "found " + (now().kind == token_kind::end ? found : "'" + found + "'") +
       ", expected " + std::string(wanted));
}

std::uint32_t parser_base::id_of(const std::string& name) {
  const auto [it, fresh] = ids_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.push_back(name);
  return it->second;
}

node_ptr parser_base::make(node_kind kind, place at) {
  auto made = std::make_unique<node>();
  made->kind = kind;
  made->at = at;
  return made;
}

void parser_base::raise_over(node& parent, const node& child) {
  parent.height = std::max(parent.height, child.height + 1);
  if (parent.height > max_tree_height) {
    fail(in_words(child.at) + "the template nests deeper than " + std::to_string(max_tree_height) +
         " levels");
  }
}

void parser_base::adopt(node& parent, node_ptr part) {
  if (part) raise_over(parent, *part);
  parent.parts.push_back(std::move(part));
}

void parser_base::adopt(node& parent, std::vector<node_ptr> body) {
  for (const node_ptr& n : body) raise_over(parent, *n);
  parent.bodies.push_back(std::move(body));
}

parser_base::nested::nested(parser_base& p) : parser_(p) {
  if (++parser_.depth_ > max_source_depth) {
    --parser_.depth_;
    fail(in_words(p.now().at) + "the template nests deeper than " + std::to_string(max_source_depth) +
         " levels");
  }
}

syntax_tree parse(std::string_view source) {
  return statement_parser(tokenize(source)).run();
}

}  // namespace hawser::model::jinja
