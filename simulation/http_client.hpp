/// A simulated client: asks its questions over wires, leaves as it was told to, and complains of wrong
/// answers.
#pragma once

#include "runtime/clock.hpp"
#include "runtime/dice.hpp"

#include "simulation/question.hpp"
#include "simulation/response_reader.hpp"
#include "simulation/trace.hpp"
#include "simulation/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::simulation {

enum class leaving : std::uint8_t { stays, finishes, resets, falls_silent, stops_reading };

struct client_plan {
  std::vector<question> questions;
  wire_habits habits;
  std::size_t ahead = 1;      ///< questions on their way at once
  runtime::duration think{};  ///< between an answer and the next question
  runtime::duration drip{};   ///< above 0: questions are sent in parts, with such a pause between two
  bool slow = false;          ///< a slow reader: its answers take as long as they take
  bool droppable = false;     ///< so slow that the server may drop it
  bool dawdles = false;       ///< so slow a writer, or so long idle, that the server may hang up
  leaving how = leaving::stays;
  runtime::duration leaves_after{};
};

/// What the clients of a run did, for coverage.
struct client_tally {
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;   ///< whole responses
  std::uint64_t generated = 0;  ///< of them, texts as foreseen
  std::uint64_t refused = 0;    ///< 503 or 504
  std::uint64_t failed = 0;     ///< 500, or an error in a stream
  std::uint64_t left = 0;       ///< clients that went away with something unanswered

  client_tally& operator+=(const client_tally& other) noexcept;
};

/// What a client needs of its world.
class client_host {
 public:
  [[nodiscard]] virtual runtime::clock& time() noexcept = 0;
  [[nodiscard]] virtual trace& log() noexcept = 0;
  /// False: nobody listens any more.
  [[nodiscard]] virtual bool connect(wire& by, std::uint64_t client) = 0;
  [[nodiscard]] virtual circumstances since(runtime::time_point asked) const = 0;
  /// The longest that an answer may take; and a probe's.
  [[nodiscard]] virtual runtime::duration patience() const noexcept = 0;
  [[nodiscard]] virtual runtime::duration probe_patience() const noexcept = 0;
  virtual void complain(std::string_view who, std::uint64_t number, const std::string& what) = 0;
  [[nodiscard]] virtual client_tally& tally() noexcept = 0;
  /// False: somebody may have asked this before in whose answer `key` has a share.
  [[nodiscard]] virtual bool asks_first(const std::string& key, const std::string& question) = 0;

 protected:
  ~client_host() = default;
};

class http_client {
 public:
  http_client(client_host& world, std::uint64_t number, runtime::dice chance, client_plan plan);

  /// Makes the first connection.
  void start();
  /// All is answered, or it has left, or nobody listens any more.
  [[nodiscard]] bool done() const noexcept { return done_; }
  /// Closes what is open, when it is done.
  void hang_up();

 private:
  struct asked {
    std::size_t index = 0;
    runtime::time_point when{};
  };

  void connect();
  void ask();
  void send(std::string_view bytes);
  void drip();
  void heard(std::string_view bytes);
  void take_answers();
  void answered(const whole_response& got);
  void unasked(const whole_response& got);
  void check_time(const question& q, const asked& front);
  void count(const question& q, const whole_response& got);
  void ended(bool reset);
  void go_on();
  void leave();
  void finish();
  void complain(const std::string& what);

  client_host& world_;
  std::uint64_t number_;
  runtime::dice chance_;
  client_plan plan_;
  std::vector<std::unique_ptr<wire>>
      wires_;  // the last is in use; older ones may still have bytes on their way
  response_reader reader_;
  std::deque<asked> waiting_;
  std::size_t next_ = 0;  // question to send
  std::string unsent_;    // of a question that is sent in parts
  runtime::timer timer_;
  runtime::timer drip_timer_;
  runtime::timer leave_timer_;
  runtime::time_point last_answer_{};
  bool connected_ = false;
  bool last_ = false;  // nothing more may be asked on this connection
  bool told_ = false;  // because the server has said that it closes
  bool deaf_ = false;  // what comes now on this connection is the rest of an answer that nobody reads
  bool left_ = false;
  bool done_ = false;
};

}  // namespace hawser::simulation
