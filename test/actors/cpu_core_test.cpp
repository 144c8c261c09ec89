// The core with the real CPU backend on a small random model.
#include "actors/assembly.hpp"
#include "cpu/cpu_backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"
#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"
#include "test/model/tiny_model.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

struct result {
  std::vector<model::token_id> tokens;
  std::string text;
  finish why{};
};

/// Sends all prompts at once, or each when the one before has ended.
class client final : public runtime::actor<client, refused, admitted, generated, choice_ended, ended> {
 public:
  client(runtime::home where, ingress_address ingress, std::vector<std::string> prompts, bool at_once,
         std::uint32_t choices, std::vector<result>& into, std::function<void()> all_done)
      : actor(where), ingress_(std::move(ingress)), prompts_(std::move(prompts)), choices_(choices),
        into_(into), all_done_(std::move(all_done)) {
    into_.resize(prompts_.size() * choices);
    do {
      send();
    } while (at_once && sent_ < prompts_.size());
  }

  void on(const refused& m) { BOOST_TEST(m.message == ""); }
  void on(const admitted&) {}
  void on(const generated& m) {
    for (const generated_token& token : m.tokens) {
      of(m.id, m.choice).tokens.push_back(token.id);
      of(m.id, m.choice).text += token.text;
    }
  }
  void on(const choice_ended& m) {
    of(m.id, m.choice).text += m.end.rest;
    of(m.id, m.choice).why = m.end.why;
  }
  void on(const ended&) {
    if (++over_ == prompts_.size()) return all_done_();
    if (sent_ < prompts_.size()) send();
  }

 private:
  result& of(request_id id, std::uint32_t choice) { return into_[(id - 1) * choices_ + choice]; }

  void send() {
    generate g;
    g.id = sent_ + 1;
    g.spec.choices = choices_;
    g.spec.prompt = plain_prompt{prompts_[sent_++]};
    g.spec.max_tokens = 20;
    g.spec.ignore_end = true;
    g.listener = self();
    ingress_.notify(std::move(g));
  }

  ingress_address ingress_;
  std::vector<std::string> prompts_;
  std::uint32_t choices_;
  std::vector<result>& into_;
  std::function<void()> all_done_;
  std::size_t sent_ = 0;
  std::size_t over_ = 0;
};

core_parts load(const std::string& path, std::size_t kv_bytes) {
  const std::shared_ptr<const model::gguf_file> file = model::gguf_file::open(path).value();
  const model::decoder_spec spec = model::read_decoder_spec(*file).value();
  core_parts parts;
  parts.tokenizer = model::tokenizer::make(model::read_vocabulary(*file).value()).value();
  cpu::cpu_options options;
  options.threads = 1;
  options.seats = 8;
  options.step_tokens = 32;
  options.page_tokens = 16;
  options.kv_bytes = kv_bytes;
  parts.backends.push_back(cpu::make_cpu_backend(file, spec, options).value());
  parts.model_name = "tiny";
  return parts;
}

std::vector<result> serve(const std::string& path, const std::vector<std::string>& prompts, bool at_once,
                          std::uint32_t choices = 1, std::size_t kv_bytes = 1u << 20) {
  boost::asio::io_context io;
  auto work = boost::asio::make_work_guard(io);
  runtime::asio_scheduler by(io);
  std::vector<result> results;
  core serving(by, by, {.expected_answer = 4},
               core_loader([&] { return model::result<core_parts>(load(path, kv_bytes)); }));
  generation_listener listener;
  const auto finished = [&] {
    listener.stop();
    serving.stop([&] { work.reset(); });
  };
  serving.start([&](phase now, std::string_view why) {
    BOOST_TEST(why == "");
    if (now == phase::ready) {
      listener = runtime::spawn<client>(by, {.name = "client"}, serving.serving().ingress, prompts, at_once,
                                        choices, results, finished);
    }
  });
  io.run_for(120s);
  BOOST_TEST(io.stopped());
  return results;
}

struct turn {
  std::vector<model::token_id> tokens;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t cached_tokens = 0;
};

/// Says something, hears the answer, and goes on with all of it: the prompt of a turn is what was said before
/// it.
class talker final : public runtime::actor<talker, refused, admitted, generated, choice_ended, ended> {
 public:
  talker(runtime::home where, ingress_address ingress, std::vector<turn>& into,
         std::function<void()> all_done)
      : actor(where), ingress_(std::move(ingress)), into_(into), all_done_(std::move(all_done)) {
    say();
  }

  void on(const refused& m) { BOOST_TEST(m.message == ""); }
  void on(const admitted&) {}
  void on(const generated& m) {
    for (const generated_token& token : m.tokens) into_.back().tokens.push_back(token.id);
  }
  void on(const choice_ended&) {}
  void on(const ended& m) {
    into_.back().prompt_tokens = m.prompt_tokens;
    into_.back().cached_tokens = m.cached_tokens;
    const auto& answer = into_.back().tokens;
    said_.insert(said_.end(), answer.begin(), answer.end());
    if (into_.size() == 6) return all_done_();
    say();
  }

 private:
  void say() {
    for (std::size_t i = 0; i < 37; ++i)
      said_.push_back(static_cast<model::token_id>(20 + (i * 7 + into_.size()) % 60));
    into_.emplace_back();
    generate g;
    g.id = into_.size();
    g.spec.prompt = token_prompt{said_};
    g.spec.max_tokens = 21;
    g.spec.ignore_end = true;
    g.listener = self();
    ingress_.notify(std::move(g));
  }

  ingress_address ingress_;
  std::vector<turn>& into_;
  std::function<void()> all_done_;
  std::vector<model::token_id> said_;
};

std::vector<turn> converse(const std::string& path, bool remember) {
  boost::asio::io_context io;
  auto work = boost::asio::make_work_guard(io);
  runtime::asio_scheduler by(io);
  std::vector<turn> turns;
  core serving(by, by, {.prefix_share = remember ? 0.25 : 0.0},
               core_loader([&] { return model::result<core_parts>(load(path, 4u << 20)); }));
  generation_listener listener;
  const auto finished = [&] {
    listener.stop();
    serving.stop([&] { work.reset(); });
  };
  serving.start([&](phase now, std::string_view) {
    if (now == phase::ready)
      listener = runtime::spawn<talker>(by, {.name = "talker"}, serving.serving().ingress, turns, finished);
  });
  io.run_for(120s);
  BOOST_TEST(io.stopped());
  return turns;
}

BOOST_AUTO_TEST_SUITE(core_on_cpu)

BOOST_AUTO_TEST_CASE(a_conversation_is_the_same_with_and_without_reuse) {
  for (const char* family : {"llama", "gemma3"}) {
    BOOST_TEST_CONTEXT(family) {
      hawser::test::tiny_spec spec;
      spec.family = family;
      spec.window = spec.family == "gemma3" ? 24 : 0;
      spec.layers = spec.family == "gemma3" ? 6 : 2;
      const std::string path = hawser::test::write_temp_model(spec);
      const std::vector<turn> with = converse(path, true);
      const std::vector<turn> without = converse(path, false);
      BOOST_REQUIRE(with.size() == 6u);
      BOOST_REQUIRE(without.size() == 6u);
      for (std::size_t i = 0; i < 6; ++i) {
        BOOST_TEST(with[i].tokens.size() == 21u);
        BOOST_TEST((with[i].tokens == without[i].tokens));
        BOOST_TEST(without[i].cached_tokens == 0u);
        // Of the text before this turn all but its last page, which the answer's last token never filled.
        if (i > 0) BOOST_TEST(with[i].cached_tokens >= (with[i].prompt_tokens - 37 - 1) / 16 * 16);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(answers_do_not_depend_on_the_batch) {
  for (const char* family : {"llama", "gemma3"}) {
    BOOST_TEST_CONTEXT(family) {
      hawser::test::tiny_spec spec;
      spec.family = family;
      spec.window = spec.family == "gemma3" ? 24 : 0;
      spec.layers = spec.family == "gemma3" ? 6 : 2;
      const std::string path = hawser::test::write_temp_model(spec);
      std::vector<std::string> prompts;
      for (int i = 0; i < 12; ++i) {
        prompts.push_back("prompt " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 9, 'x'));
      }
      const std::vector<result> alone = serve(path, prompts, false);
      const std::vector<result> together = serve(path, prompts, true);
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        BOOST_TEST(alone[i].tokens.size() == 20u);
        BOOST_TEST((alone[i].tokens == together[i].tokens));
        BOOST_TEST((together[i].why == finish::length));
        BOOST_TEST(alone[i].text == together[i].text);
      }
    }
  }
}

// The pages that they copy hold what they would have computed.
BOOST_AUTO_TEST_CASE(greedy_choices_are_all_the_same) {
  for (const char* family : {"llama", "gemma3"}) {
    BOOST_TEST_CONTEXT(family) {
      hawser::test::tiny_spec spec;
      spec.family = family;
      spec.window = spec.family == "gemma3" ? 24 : 0;
      spec.layers = spec.family == "gemma3" ? 6 : 2;
      const std::string path = hawser::test::write_temp_model(spec);
      std::vector<std::string> prompts;
      for (std::size_t i = 0; i < 6; ++i) prompts.push_back("prompt " + std::string(i * 11 + 1, 'y'));
      const std::vector<result> alone = serve(path, prompts, false);
      const std::vector<result> chosen = serve(path, prompts, true, 3);
      BOOST_REQUIRE(chosen.size() == 3 * alone.size());
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        BOOST_TEST(chosen[i].tokens.size() == 20u);
        BOOST_TEST((chosen[i].tokens == alone[i / 3].tokens));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
