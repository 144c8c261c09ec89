/// A batch plan and a device that is none, without any actor: steps are planned one ahead, as the batcher
/// does.
#pragma once

#include "actors/batch_plan.hpp"
#include "test/actors/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

class plan_fixture : public batch_listener {
 public:
  explicit plan_fixture(fake_options device = {}, batch_limits limits = {})
      : options(device), backend(time, device), plan(with_end(std::move(limits)), backend.capacity(), *this) {
  }

  void started(const sequence& who) override { starts.push_back(who.spec.request); }
  void scored(const sequence& who, std::uint32_t first, std::vector<model::sampled_token>& tokens) override {
    for (const auto& token : tokens) scores[who.spec.request][first++] = token.id;
  }
  bool took(const sequence& who, model::sampled_token& token) override {
    answers[who.spec.request] += static_cast<char>(token.id);
    return answers[who.spec.request].size() != stop_after;
  }
  void embedded(const sequence& who, std::vector<float>& values) override {
    embeddings[who.spec.request] = std::move(values);
  }
  void ended(const sequence& who, finish why, std::string_view message) override {
    BOOST_TEST(ends.emplace(who.spec.request, why).second);
    if (!message.empty()) messages[who.spec.request] = message;
  }

  sequence_ptr join(request_id id, const std::string& prompt, std::uint32_t most,
                    priority rank = priority::standard, const std::string& key = {},
                    sequence_ptr leader = nullptr) {
    sequence_spec spec;
    spec.request = id;
    spec.rank = rank;
    spec.key = key;
    spec.world = key;
    spec.max_answer = most;
    spec.embed = embed;
    spec.leader = std::move(leader);
    spec.prompt = std::make_shared<const std::vector<model::token_id>>(prompt.begin(), prompt.end());
    prompts[id] = prompt;
    limits_of[id] = most;
    return seen.emplace_back(plan.join(std::move(spec), time.now()));
  }

  /// Every page has as many owners as there are tables that hold it, and the index for those that it
  /// remembers.
  void check_owners() const {
    for (std::size_t g = 0; g < plan.pages().groups(); ++g) {
      const kv_pool& pool = plan.pages().pool(g);
      std::vector<std::uint32_t> owners(pool.total(), 0);
      for (const sequence_ptr& who : seen) {
        const page_table& table = who->tables[g];
        for (std::uint32_t i = table.first(); table.holds(i); ++i) ++owners[table.entries()[i]];
      }
      for (model::page_id page = 0; page < pool.total(); ++page)
        BOOST_TEST_REQUIRE(pool.owners(page) == owners[page] + (pool.kept(page) ? 1 : 0));
    }
  }

  /// Plans one step; false when there is nothing to run.
  bool plan_one() {
    auto made = std::make_shared<step>();
    if (!plan.plan(time.now(), *made)) return false;
    steps.push_back(std::move(made));
    return true;
  }

  /// Runs the step that was planned first, and applies it.
  void run_one() {
    BOOST_REQUIRE(!steps.empty());
    const step_ptr done = steps.front();
    steps.pop_front();
    bool called = false;
    backend.start(done->plan, done->result, [&called] { called = true; });
    while (!called) time.advance(std::chrono::milliseconds(1));
    plan.apply(*done);
  }

  /// One step done, one ahead. False: nothing happens any more.
  bool turn() {
    while (steps.size() < 2 && plan_one()) {
    }
    if (steps.empty()) return false;
    run_one();
    return true;
  }

  void run_all(int most = 100'000) {
    while (turn()) BOOST_REQUIRE(most-- > 0);
    BOOST_TEST(plan.load().running == 0u);
    BOOST_TEST(plan.load().waiting == 0u);
    BOOST_TEST(plan.load().pages_used == 0u);
  }

  /// What `id` must have said by its own.
  std::string expected(request_id id) const {
    std::vector<model::token_id> tokens(prompts.at(id).begin(), prompts.at(id).end());
    std::string answer;
    while (answer.size() < limits_of.at(id)) {
      const model::token_id next = fake_next(tokens, 0, options.end_every);
      if (next == fake_end) break;
      tokens.push_back(next);
      answer += static_cast<char>(next);
    }
    return answer;
  }

  runtime::manual_time time;
  fake_options options;
  fake_backend backend;
  batch_plan plan;
  std::deque<step_ptr> steps;
  std::vector<sequence_ptr> seen;
  std::vector<request_id> starts;
  std::map<request_id, std::string> prompts, answers, messages;
  std::map<request_id, std::uint32_t> limits_of;
  std::map<request_id, finish> ends;
  std::map<request_id, std::map<std::uint32_t, model::token_id>> scores;
  std::map<request_id, std::vector<float>> embeddings;
  std::size_t stop_after = 0;
  pooling embed = pooling::none;  // of those that join from now on

 private:
  static batch_limits with_end(batch_limits limits) {
    limits.end_tokens = {fake_end};
    return limits;
  }
};

}  // namespace hawser::actors
