/// Requests that have joined the batch: their choices, their text, their times, and the mail that they are
/// owed.
#pragma once

#include "actors/answer_stream.hpp"
#include "actors/batch_plan.hpp"
#include "actors/batcher_mail.hpp"
#include "actors/memory_mail.hpp"
#include "actors/tally.hpp"

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace hawser::actors {

/// A letter to be sent, in the order of the outbox.
struct outgoing {
  generation_listener to;
  std::variant<refused, admitted, generated, choice_ended, ended, joined, started, answering, left>
      letter;  ///< the last four go to Ingress
};

/// Pure, like the batch plan that it holds. Every request that joins gets exactly one `ended` or `refused`,
/// then one `left`.
class request_book final : private batch_listener {
 public:
  request_book(batch_limits limits, const model::backend_capacity& capacity,
               std::shared_ptr<const model::tokenizer> words);
  ~request_book() override;

  /// For want of memory it may be refused.
  void admit(join request, runtime::time_point now);
  void leave(request_id id, finish why, const std::string& message, runtime::time_point now);
  /// Refuses it when it has not started yet.
  void shed(refused no, runtime::time_point now);
  void hold(request_id id, bool held);
  /// It may take until then, if that is later.
  void postpone(request_id id, runtime::time_point deadline);
  void serve_newest(priority rank, bool newest) noexcept { plan_.serve_newest(rank, newest); }
  void fit(const fit_pages& m) noexcept { plan_.fit(m.bytes, m.give_back); }
  [[nodiscard]] page_store::kv_bytes bytes() const noexcept { return plan_.bytes(); }
  /// Ends those whose deadline has come.
  void expire(runtime::time_point now);
  [[nodiscard]] std::optional<runtime::time_point> next_deadline() const;

  [[nodiscard]] bool plan(runtime::time_point now, step& into);
  void apply(step& done, runtime::time_point now);
  void fail_running(const std::string& message, runtime::time_point now);
  /// Who has no seat yet is as if he had never joined, and nobody is told.
  [[nodiscard]] std::vector<request_id> hand_back(runtime::time_point now);
  void leave_all(finish why, const std::string& message, runtime::time_point now);

  /// What was decided since it was last cleared.
  [[nodiscard]] std::vector<outgoing>& outbox() noexcept { return outbox_; }
  /// Numbers since the last clearing by its reader, and the load as it is now.
  [[nodiscard]] batch_tally& tally() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return requests_.size(); }
  [[nodiscard]] batch_load load() const noexcept { return plan_.load(); }
  [[nodiscard]] batch_state state() const noexcept;

 private:
  struct request;
  struct choice;

  void started(const sequence& who) override;
  void scored(const sequence& who, std::uint32_t first, std::vector<model::sampled_token>& tokens) override;
  bool took(const sequence& who, model::sampled_token& token) override;
  void embedded(const sequence& who, std::vector<float>& values) override;
  void ended(const sequence& who, finish why, std::string_view message) override;

  void enlist(join from, runtime::time_point now);
  [[nodiscard]] std::pair<request*, choice*> find(const sequence& who);
  [[nodiscard]] static runtime::time_point due_of(const request& of) noexcept;
  void watch(request& of);
  void count_token(request& of, choice& in);
  void count_prompt(request& of);
  [[nodiscard]] std::uint32_t deferred() const noexcept;
  [[nodiscard]] batch_tally& tally_of(const request& of) noexcept;
  void close(request& of);
  void forget(const request& of);
  void end_choices(request& of, finish why, const std::string& message);

  batch_plan plan_;
  std::shared_ptr<const model::tokenizer> words_;
  std::unordered_map<request_id, std::unique_ptr<request>> requests_;
  std::set<std::pair<runtime::time_point, request_id>> deadlines_;
  std::vector<outgoing> outbox_;
  batch_tally tally_;
  batch_tally uncounted_;      // of requests that are not to be counted; nobody reads it
  std::uint32_t running_ = 0;  // requests that have started
  std::uint64_t preemptions_ = 0;
  runtime::time_point now_{};
};

}  // namespace hawser::actors
