/// The whole core under a hand crank, with a device that is none and readers that remember all they hear.
#pragma once

#include "actors/assembly.hpp"
#include "runtime/actor.hpp"
#include "runtime/crank.hpp"
#include "test/actors/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hawser::actors {

/// What one request has heard.
struct heard {
  int refused = 0;
  int admitted = 0;
  int ended = 0;
  int out_of_order = 0;
  actors::refused no;
  actors::admitted yes;
  actors::ended last;
  std::map<std::uint32_t, std::string> texts;  ///< by choice
  std::map<std::uint32_t, std::vector<model::token_id>> tokens;
  std::map<std::uint32_t, choice_end> ends;
  std::vector<generated_token> of_prompt;
  std::vector<generated_token> of_answer;

  [[nodiscard]] bool over() const noexcept { return refused + ended > 0; }
};

class reader final : public runtime::actor<reader, refused, admitted, generated, choice_ended, ended> {
 public:
  reader(runtime::home where, std::map<request_id, heard>& into) : actor(where), into_(into) {}

  void on(refused m) {
    heard& h = at(m.id);
    ++h.refused;
    h.no = std::move(m);
  }
  void on(admitted m) {
    heard& h = at(m.id);
    ++h.admitted;
    h.yes = m;
  }
  void on(generated m) {
    heard& h = at(m.id);
    if (h.admitted != 1) ++h.out_of_order;
    for (generated_token& token : m.tokens) {
      if (m.of_prompt) {
        h.of_prompt.push_back(std::move(token));
        continue;
      }
      h.texts[m.choice] += token.text;
      h.tokens[m.choice].push_back(token.id);
      h.of_answer.push_back(std::move(token));
    }
  }
  void on(choice_ended m) {
    heard& h = at(m.id);
    if (h.admitted != 1 || h.ends.contains(m.choice)) ++h.out_of_order;
    h.texts[m.choice] += m.end.rest;
    h.ends[m.choice] = std::move(m.end);
  }
  void on(ended m) {
    heard& h = into_[m.id];
    if (h.over()) ++h.out_of_order;
    ++h.ended;
    h.last = std::move(m);
  }

 private:
  heard& at(request_id id) {
    heard& h = into_[id];
    if (h.over()) ++h.out_of_order;
    return h;
  }

  std::map<request_id, heard>& into_;
};

struct running_core {
  explicit running_core(fake_options device = {}, core_options options = {}, std::uint64_t memory_limit = 0,
                        std::uint32_t devices = 1) {
    core_parts parts;
    for (std::uint32_t i = 0; i < devices; ++i) {
      auto made = std::make_unique<fake_backend>(by.time(), device);
      backends.push_back(made.get());
      parts.backends.push_back(std::move(made));
    }
    backend = backends.front();
    parts.revive = [this, device](std::uint32_t which, std::unique_ptr<model::backend> old)
        -> model::result<std::unique_ptr<model::backend>> {
      // The old one is gone after the first time.
      BOOST_TEST(old.get() == (revivals++ == 0 ? backends.at(which) : nullptr));
      if (!no_revival.empty()) return model::error{model::errc::io, no_revival};
      auto made = std::make_unique<fake_backend>(by.time(), device);
      backends[which] = made.get();
      return made;
    };
    parts.tokenizer = std::make_shared<fake_tokenizer>();
    parts.chat =
        model::chat_template::compile("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
            .value();
    parts.model_name = "fake";
    parts.memory_limit = memory_limit;
    serving = std::make_unique<core>(by, by, options, std::move(parts));
    listener = runtime::spawn<reader>(by, {.name = "reader", .mailbox = 1u << 20}, all);
  }

  ~running_core() {
    if (serving) stop();
    listener.stop();
    by.run();
  }

  void start() {
    serving->start([this](phase now, std::string_view why) {
      phases.push_back(now);
      reason = why;
    });
    settle(std::chrono::milliseconds(50));
  }

  /// Lets everything happen that `time` has room for, in small steps.
  void settle(runtime::duration time, runtime::duration step = std::chrono::milliseconds(1)) {
    by.run();
    for (runtime::duration at{}; at < time; at += step) by.advance(step);
  }

  generate request(std::string text, std::uint32_t max_tokens = 8) {
    generate g;
    g.id = next_id++;
    g.spec.prompt = plain_prompt{std::move(text)};
    g.spec.max_tokens = max_tokens;
    g.listener = listener;
    return g;
  }

  request_id send(generate g) {
    const request_id id = g.id;
    BOOST_TEST((serving->serving().ingress.tell(std::move(g)) == runtime::told::accepted));
    return id;
  }
  request_id send(std::string text, std::uint32_t max_tokens = 8) {
    return send(request(std::move(text), max_tokens));
  }
  void cancel_it(request_id id) { serving->serving().ingress.notify(cancel{id}); }

  /// Runs until `id` is over, for at most a minute of the crank's time.
  heard& finish(request_id id) {
    for (int i = 0; i < 60'000 && !all[id].over(); ++i) by.advance(std::chrono::milliseconds(1));
    BOOST_TEST(all[id].over());
    return all[id];
  }

  bool stop() {
    bool down = false;
    serving->stop([&down] { down = true; });
    for (int i = 0; i < 2000 && !down; ++i)
      settle(std::chrono::milliseconds(100), std::chrono::milliseconds(10));
    serving.reset();
    return down;
  }

  std::string metrics() {
    settle(std::chrono::milliseconds(200));
    std::string page;
    scrape question;
    runtime::async_ask(serving->serving().telemetry, std::move(question), by.time(), std::chrono::seconds(1),
                       listener_executor(),
                       [&page](boost::system::error_code, std::string text) { page = std::move(text); });
    by.run();
    return page;
  }
  runtime::actor_executor listener_executor() { return runtime::actor_executor(listener.where()); }

  runtime::crank by;
  std::map<request_id, heard> all;
  fake_backend* backend = nullptr;  // the first
  std::vector<fake_backend*> backends;
  int revivals = 0;
  std::string no_revival;  // why a device cannot be made anew
  std::vector<phase> phases;
  std::string reason;
  generation_listener listener;
  std::unique_ptr<core> serving;
  request_id next_id = 1;
};

/// Every request so far has ended, once and in order.
inline void check_once(const running_core& core) {
  for (const auto& [id, h] : core.all) {
    BOOST_TEST_CONTEXT("request " << id) {
      BOOST_TEST(h.refused + h.ended == 1);
      BOOST_TEST(h.admitted <= 1);
      BOOST_TEST(h.out_of_order == 0);
      if (h.refused == 1) BOOST_TEST(h.admitted == 0);
    }
  }
}

}  // namespace hawser::actors
