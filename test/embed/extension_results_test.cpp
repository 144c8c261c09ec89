// An extension that remembers answers in place of the server's cache.
#include "embed/extension.hpp"
#include "embed/failure.hpp"
#include "test/embed/simulated_server.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace hawser::embed {
namespace {

using namespace std::chrono_literals;

/// What the extension keeps, over all its lives; the test looks into it.
struct notebook {
  std::mutex guard;
  std::map<std::pair<std::string, std::string>, std::string> answers;
  int finds = 0;
  int keeps = 0;
  bool fails = false;

  void change(const auto& how) {
    const std::lock_guard held(guard);
    how();
  }
};

class keeper final : public extension {
 public:
  explicit keeper(std::shared_ptr<notebook> book) : book_(std::move(book)) {}

  std::optional<std::string> on_find(const answer_key& key) override {
    const std::lock_guard held(book_->guard);
    ++book_->finds;
    if (book_->fails) throw std::runtime_error("the notebook is wet");
    const auto at = book_->answers.find({key.tenant, key.question});
    return at == book_->answers.end() ? std::nullopt : std::optional(at->second);
  }
  void on_keep(const answer_key& key, const std::string& answer) override {
    const std::lock_guard held(book_->guard);
    ++book_->keeps;
    book_->answers[{key.tenant, key.question}] = answer;
  }
  void on_forget(const std::optional<std::string>& tenant) override {
    const std::lock_guard held(book_->guard);
    std::erase_if(book_->answers, [&](const auto& one) { return !tenant || one.first.first == *tenant; });
  }

 private:
  std::shared_ptr<notebook> book_;
};

server_options kept_in(const std::shared_ptr<notebook>& book) {
  extension_options options;
  options.name = "keeper";
  options.make = [book] { return std::make_unique<keeper>(book); };
  options.results = true;
  options.deadline = 30s;
  server_options made;
  made.extensions = {options};
  return made;
}

BOOST_AUTO_TEST_SUITE(embed_extension_results)

BOOST_AUTO_TEST_CASE(what_it_has_kept_is_answered_and_nothing_else_is_remembered) {
  const auto book = std::make_shared<notebook>();
  simulated_server server(kept_in(book));
  server.start();
  const answer first = server.ask("once upon a time");
  BOOST_TEST(first.tokens.size() == 8u);
  // The extension reads its mail in order: this look comes behind what it was told to keep.
  const answer again = server.ask("once upon a time");
  BOOST_TEST(again.text == first.text);
  BOOST_TEST(again.tokens.size() == 8u);
  book->change([&] {
    BOOST_TEST(book->finds == 2);
    BOOST_TEST(book->keeps == 1);  // so the second was not computed
    book->answers.clear();
  });
  BOOST_TEST(server.ask("once upon a time").text == first.text);
  (void)server.ask("another");
  book->change([&] {
    BOOST_TEST(book->keeps >= 2);  // it was computed again: the server itself remembers nothing
    BOOST_TEST(book->finds == 4);
  });
}

BOOST_AUTO_TEST_CASE(one_that_fails_costs_the_answers_it_has_and_no_request) {
  const auto book = std::make_shared<notebook>();
  book->fails = true;
  simulated_server server(kept_in(book));
  server.start();
  for (int i = 0; i < 6; ++i) BOOST_TEST(server.ask("x").tokens.size() == 8u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_answer_are_computed_instead) {
  const auto book = std::make_shared<notebook>();
  simulated_server server(kept_in(book));
  server.start();
  const answer first = server.ask("hello");
  (void)server.ask("a look behind it");
  book->change([&] {
    for (auto& [key, kept] : book->answers) kept = kept.substr(0, kept.size() / 2);
  });
  const answer again = server.ask("hello");
  BOOST_TEST(again.text == first.text);
  BOOST_TEST(again.tokens.size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_purge_reaches_it) {
  const auto book = std::make_shared<notebook>();
  simulated_server server(kept_in(book));
  server.start();
  const answer first = server.ask("hello");
  (void)server.ask("a look behind it");
  book->change([&] { BOOST_TEST(book->keeps >= 1); });
  BOOST_TEST_REQUIRE(static_cast<bool>(server.it.service().results));
  server.it.service().results.notify(actors::purge_results{});
  BOOST_TEST(server.ask("hello").text == first.text);
  (void)server.ask("a look behind it");
  book->change([&] { BOOST_TEST(book->keeps >= 3); });  // both were computed again, one may not be kept yet
}

BOOST_AUTO_TEST_CASE(only_one_may_remember_answers) {
  const auto book = std::make_shared<notebook>();
  server_options two = kept_in(book);
  two.extensions.push_back(two.extensions.front());
  two.extensions.back().name = "other";
  BOOST_CHECK_THROW(const simulated_server never(two), failure);
  server_options redis = kept_in(book);
  redis.settings.cache.redis = "redis://127.0.0.1:1/0";
  redis.settings.cache.redis_secret = "0123456789abcdef";
  BOOST_CHECK_THROW(const simulated_server never(redis), failure);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
