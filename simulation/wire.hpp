/// A connection between a simulated client and a session: bytes take time, come in pieces, and may stop
/// coming.
#pragma once

#include "runtime/clock.hpp"
#include "runtime/dice.hpp"

#include "simulation/simulated_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hawser::simulation {

struct wire_habits {
  runtime::duration quickest = std::chrono::microseconds(20);  ///< one way, for one piece
  runtime::duration slowest = std::chrono::microseconds(200);
  std::uint32_t piece =
      1u << 16u;  ///< bytes that travel together, at most; also what one read of the server gets
  std::size_t window =
      1u << 18u;  ///< bytes that are on their way to the client before the server has to wait
  std::uint32_t read = 1u << 16u;  ///< bytes that the client takes at once
  runtime::duration read_pause{};  ///< between two such reads
};

/// Bytes of one direction arrive in order; single-threaded. The functions are called from the clock.
class wire {
 public:
  wire(runtime::clock& time, runtime::dice chance, wire_habits habits);
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  ~wire();

  /// Once.
  [[nodiscard]] std::unique_ptr<net::byte_stream> server_end() { return make_simulated_stream(peer_); }

  // The client's side.
  void send(std::string_view bytes);
  /// The client writes no more; the server learns of it after all that was sent.
  void finish();
  void reset();
  /// Half-open: from now on nothing arrives at either side, and nobody is told.
  void fall_silent() noexcept { silent_ = true; }
  void stop_reading() noexcept { reads_ = false; }

  std::function<void(std::string_view)> on_bytes;
  /// The server has finished (after all its bytes) or thrown the connection away. Once.
  std::function<void(bool reset)> on_end;

  /// When the last bytes became readable for the server.
  [[nodiscard]] runtime::time_point arrived() const noexcept { return arrived_; }
  /// How long after that the server began to write; zero: it has not.
  [[nodiscard]] runtime::duration reply_time() const noexcept { return reply_time_; }
  [[nodiscard]] bool closed_by_server() const noexcept { return peer_->closed; }
  /// Nothing of what was sent is still on its way.
  [[nodiscard]] bool all_arrived() const noexcept { return outgoing_.empty(); }

 private:
  enum class what : std::uint8_t { bytes, end, reset };
  struct parcel {
    what kind{};
    runtime::time_point due{};
    std::string bytes;
  };

  [[nodiscard]] runtime::duration delay() noexcept;
  void post(what kind, std::string_view bytes);
  void deliver();
  void server_changed();
  void pump();
  void schedule_pump(runtime::duration wait);

  runtime::clock& time_;
  runtime::dice chance_;
  wire_habits habits_;
  std::shared_ptr<peer> peer_;
  std::deque<parcel> outgoing_;
  runtime::timer delivery_;
  runtime::timer pump_;
  runtime::time_point arrived_{};
  runtime::duration reply_time_{};
  bool replied_ = true;
  bool pumping_ = false;
  bool silent_ = false;
  bool reads_ = true;
  bool ended_ = false;
};

}  // namespace hawser::simulation
