/// One answer on its way: what the batch plan knows of it, and the arrays that steps point into.
#pragma once

#include "actors/generation_mail.hpp"
#include "actors/page_store.hpp"
#include "model/backend.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hawser::actors {

inline constexpr std::uint32_t no_seat = 0xffffffffu;

struct account;
struct sequence;

/// What a sequence is made from.
struct sequence_spec {
  request_id request = 0;
  std::uint32_t choice = 0;
  void* owner = nullptr;  ///< the listener's; the plan only hands it back
  std::string key{};      ///< whose tokens these are
  float share = 1.0f;     ///< of the key
  std::string world{};    ///< whose prefixes it may share
  std::shared_ptr<sequence>
      leader{};  ///< the first choice of its request, whose prompt it waits for; or none
  priority rank = priority::standard;
  std::shared_ptr<const std::vector<model::token_id>> prompt;  ///< shared by all choices
  std::uint32_t max_answer = 1;                                ///< >= 1; prompt + max_answer fits the context
  model::sampling_params sampling;                             ///< with this choice's own seed
  bool ignore_end = false;
  bool score_prompt = false;
  pooling embed = pooling::none;  ///< else it is over with its prompt; max_answer is 1
  runtime::time_point first_token_by = runtime::time_point::max();  ///< otherwise its prefill is not begun
  runtime::time_point pressing_from =
      runtime::time_point::max();    ///< then higher classes do not go before it
  runtime::duration token_within{};  ///< wished between its tokens; 0: no wish
};

/// Owned by the plan, and pinned by each step that runs it, because steps point into `tokens`, `score` and
/// `tables`. Their storage is made once, for the final length. Between positions:
///   confirmed <= computed <= planned() == prompt_length + sampled, tokens.size() <= planned()
struct sequence {
  enum class stage : std::uint8_t { waiting, running, ended };

  sequence_spec spec;
  std::shared_ptr<account> payer;  // of its key and class, once it has been in the line
  std::uint64_t arrival = 0;       // the order of arrival; choices of one request follow each other
  runtime::time_point arrived{};
  stage now = stage::waiting;

  std::uint32_t prompt_length = 0;
  std::vector<model::token_id> tokens;  // prompt, then the answer as far as it is known
  std::vector<model::token_id> score;   // tokens shifted by one, when the prompt is scored
  page_tables tables;
  prefix_chain chain;                                // what of it the index remembers
  prefix_hit expected;                               // what the index knew when it joined
  std::vector<std::shared_ptr<sequence>> followers;  // wait until its prompt is computed
  std::weak_ptr<sequence> leader;                    // whose follower it is or was

  std::uint32_t seat = no_seat;
  std::uint32_t level = 0;      // its class when it got the seat, ageing included
  std::uint32_t computed = 0;   // positions whose KV is there, or will be by the steps on their way
  std::uint32_t confirmed = 0;  // of them, those whose step is done
  std::uint32_t cached = 0;     // positions that it did not have to compute when it began
  std::uint32_t sampled = 0;    // answer tokens that are known, or will be by the steps on their way
  std::uint32_t in_flight = 0;  // steps on their way that hold it
  std::uint32_t scored = 0;     // prompt positions whose score was asked for
  bool held = false;            // its answer does not go on now: its reader is too far behind
  bool displaced = false;       // has lost its seat to another
  bool following = false;       // waits for its leader, outside of the line
  bool parked = false;          // held and without its seat, outside of the line
  bool opened = false;          // the backend has its sampling state in this seat
  std::uint64_t in_step = 0;    // number of the last step that it is in

  [[nodiscard]] std::uint32_t planned() const noexcept { return prompt_length + sampled; }
  [[nodiscard]] std::uint32_t left() const noexcept { return planned() - computed; }
  [[nodiscard]] std::uint32_t known() const noexcept {
    return static_cast<std::uint32_t>(tokens.size()) - prompt_length;
  }
  [[nodiscard]] std::uint32_t final_length() const noexcept { return prompt_length + spec.max_answer; }
  /// Every token that it may have is on its way already.
  [[nodiscard]] bool complete() const noexcept { return sampled == spec.max_answer; }
  /// Continues an answer: one token to run, the one that was sampled last.
  [[nodiscard]] bool decoding() const noexcept { return sampled > 0 && left() == 1 && opened; }
  [[nodiscard]] std::span<const model::token_id> prompt() const noexcept {
    return {tokens.data(), prompt_length};
  }
  [[nodiscard]] std::span<const model::token_id> answer() const noexcept {
    return {tokens.data() + prompt_length, known()};
  }
};

using sequence_ptr = std::shared_ptr<sequence>;

}  // namespace hawser::actors
