/// Which requests are answered from what is remembered, which share a computation, and who hears what next.
/// Pure: time is handed in, letters go out through a listener.
#pragma once

#include "actors/answer_reader.hpp"
#include "actors/far_mail.hpp"
#include "actors/result_store.hpp"
#include "actors/tally.hpp"
#include "runtime/mailbox.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace hawser::actors {

struct result_limits {
  std::size_t bytes = 64u << 20;     ///< of all answers, remembered or being made; 0: nothing is shared
  std::size_t largest = 256u << 10;  ///< of one question with its answer
  runtime::duration time_to_live = std::chrono::hours(1);
  bool share_tenants = false;  ///< all keys have one world of answers
  hash_key secret{};           ///< names questions
  /// A reader that must catch up gets so much at once, so that nobody waits for him nor is he drowned.
  std::uint32_t events_a_turn = 64;
  std::size_t bytes_a_turn = 16u << 10;
  runtime::duration patience = std::chrono::seconds(1);  ///< with a reader whose mailbox stays full
  bool far = false;                                      ///< there is a second tier
  bool far_alone = false;                                ///< nothing is remembered here
  runtime::duration far_patience = std::chrono::milliseconds(100);  ///< with its answer
};

/// What Ingress must be told; `listener` of a generate is left empty: the answer is to come back.
/// The last three are for the second tier.
using result_order = std::variant<generate, cancel, hold, postpone, far_look, far_keep, far_forget>;

/// Takes letters for those who asked. `told::full`: the same letter is tried again later. `generated` may be
/// refused as full, the others not.
class result_listener {
 public:
  virtual ~result_listener() = default;
  [[nodiscard]] virtual runtime::told take(const generation_listener& whom, answer_event& letter) = 0;
  virtual void refuse(const generation_listener& whom, refused no) = 0;
};

/// Invariants:
/// 1. A request that lead or follow was said of hears exactly one of refused and ended, as does one that was
///    answered from the store; one that pass was said of is not known here any more.
/// 2. Only whole answers that ended in stop or length are remembered.
/// 3. A question is answered by an equal question's answer only: all its bytes are compared.
/// 4. bytes() is the sum of all recordings that anybody holds; it is above limits.bytes only by what those
///    hold that are being read, and by one event of each answer that is being made.
/// 5. While somebody listens, the computing goes on; when nobody does, it is cancelled.
class result_plan {
 public:
  using order = result_order;

  explicit result_plan(result_limits limits, std::unique_ptr<result_store> store = nullptr);
  ~result_plan();

  /// The model and all that shapes its answers; before it is known nothing is shared.
  void know_world(std::string world) { world_ = std::move(world); }

  /// True: taken, and what follows comes through orders() and turn(). False: it is Ingress's own affair, as
  /// are its cancel and hold.
  [[nodiscard]] bool arrive(generate& what, runtime::time_point now);
  void cancel(request_id id, runtime::time_point now);
  void hold(request_id id, bool held);

  /// What became of an order `generate`.
  void on(const refused& event, runtime::time_point now);
  void on(const admitted& event);
  void on(const generated& event);
  void on(const choice_ended& event);
  void on(const ended& event, runtime::time_point now);

  /// What became of an order `far_look`; of one that was given up nothing.
  void found(const far_found& what, runtime::time_point now);

  /// Tells those who have something to hear. `late`: also those who were put off. True: somebody was put off,
  /// and another turn is due in a moment.
  bool turn(result_listener& by, runtime::time_point now, bool late);
  /// Ends those whose own time is over though others wait on, and drops what is too old.
  void expire(runtime::time_point now);
  [[nodiscard]] std::optional<runtime::time_point> next_expiry() const;
  /// Everybody hears the rest at once, or that the server is stopping.
  void close(result_listener& by, runtime::time_point now);

  /// It may hold so many bytes from now on, and never more than it was made for.
  void fit(std::size_t bytes);

  /// Answers to this tenant, or to all, are given to nobody any more; how many were remembered.
  std::size_t purge(std::optional<std::string_view> tenant);

  /// In order; the caller takes them.
  [[nodiscard]] std::deque<order>& orders() noexcept { return orders_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return store_->size(); }
  [[nodiscard]] std::size_t readers() const noexcept { return readers_.size(); }
  [[nodiscard]] std::size_t computing() const noexcept { return asked_.size(); }
  /// Counts since the last take.
  [[nodiscard]] result_tally take_tally() noexcept;

 private:
  struct flight;
  struct reader;
  using flight_ptr = std::shared_ptr<flight>;

  [[nodiscard]] std::optional<std::string> question_for(const generate& what) const;
  [[nodiscard]] bool answer_at_once(generate& what, const page_hash& name, std::string_view question,
                                    runtime::time_point now);
  [[nodiscard]] bool make_room(std::size_t bytes);
  reader& add_reader(const generate& what, answer_source from, std::shared_ptr<const recording> tape,
                     flight_ptr in, runtime::time_point now);
  void join(generate& what, const flight_ptr& in, runtime::time_point now);
  void lead(generate& what, const page_hash& name, std::string question, runtime::time_point now);
  void ask_for(const flight_ptr& one, reader& asker);
  void look(const flight_ptr& one, runtime::time_point now);
  [[nodiscard]] bool play(flight& one, std::string_view answer, runtime::time_point now);
  void keep_far(const flight& one, const ended& last);
  void give_up_looking(runtime::time_point now);
  [[nodiscard]] bool ask_again(const flight_ptr& one, runtime::time_point now);
  void unlist(flight& one);
  void abandon(flight& one);

  template <class Event>
  void record(const Event& event);
  void trim(flight& one);
  void balance(flight& one);
  void wake(reader& one);
  void serve(reader& one, result_listener& by, runtime::time_point now);
  void leave(reader& one, const std::string& message, runtime::time_point now);
  void cut(reader& one, finish why, const std::string& message, runtime::time_point now);
  void remove(reader& one);

  result_limits limits_;
  std::size_t most_ = 0;   // limits_.bytes as it was made for
  std::size_t bytes_ = 0;  // before all that is counted in it
  std::unique_ptr<result_store> store_;
  std::string world_;
  std::unordered_map<page_hash, flight_ptr, question_hash> open_;  // may be joined
  std::unordered_map<request_id, flight_ptr> asked_;               // by what Ingress knows
  std::map<std::uint64_t, flight_ptr> looking_;                    // by the numbers of their looks
  std::uint64_t looks_ = 0;
  std::unordered_map<request_id, std::unique_ptr<reader>> readers_;
  std::set<std::pair<runtime::time_point, request_id>> deadlines_;
  std::vector<request_id> ready_;
  std::vector<request_id> late_;
  std::vector<std::pair<generation_listener, std::vector<answer_event>>> last_words_;
  std::vector<std::pair<generation_listener, refused>> refusals_;
  std::deque<order> orders_;
  result_tally tally_;
  double hit_ratio_ = 0.0;
};

}  // namespace hawser::actors
