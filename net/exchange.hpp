/// One generating request and its response: mail in, bytes out. Pure.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/answer.hpp"
#include "net/response.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hawser::net {

/// Invariants: 1. exactly one response head is written. 2. A stream that began ends in its dialect's last
/// frame or an error frame, never in silence. 3. After finished() nothing more is written.
class exchange {
 public:
  /// `ids`: one for each prompt of the job, in order.
  exchange(reply_frame frame, std::unique_ptr<answer> reply, bool stream,
           std::vector<actors::request_id> ids);

  /// Events of other requests (an earlier one's late end) are ignored.
  void on(const actors::refused& event, std::string& out);
  void on(const actors::admitted& event, std::string& out);
  void on(actors::generated&& event, std::string& out);
  void on(const actors::choice_ended& event, std::string& out);
  void on(const actors::ended& event, std::string& out);

  /// The stream has been silent: a comment, after the head if that was not sent.
  void ping(std::string& out);
  /// Ends the response with `e`: as the whole response, or in band when the stream has begun.
  void fail(const api_error& e, std::string& out);

  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] bool streams() const noexcept { return stream_; }
  /// Of the response's head; 0 before it is written.
  [[nodiscard]] int status() const noexcept { return status_; }
  /// What still runs: to be cancelled when nobody waits for the answer any more.
  [[nodiscard]] bool runs(actors::request_id id) const noexcept;
  [[nodiscard]] std::vector<actors::request_id> running() const;
  [[nodiscard]] const reply_frame& frame() const noexcept { return frame_; }

 private:
  struct part {
    actors::request_id id = 0;
    bool running = true;
    bool answered = false;  // a choice of it has ended with what it said
    bool admitted = false;
  };

  [[nodiscard]] part* find(actors::request_id id);
  [[nodiscard]] prompt_index index_of(const part& p) const noexcept {
    return static_cast<prompt_index>(&p - parts_.data());
  }
  void note_source(part& of, actors::answer_source from);
  void begin_stream(std::string& out);
  void flush(std::string_view frames, std::string& out);
  void finish(std::string& frames, std::string& out);

  reply_frame frame_;
  std::unique_ptr<answer> reply_;
  std::vector<part> parts_;
  actors::generation_times times_;
  actors::answer_source source_ = actors::answer_source::stored;  // the dearest of its parts
  bool stream_;
  int status_ = 0;
  bool begun_ = false;
  bool finished_ = false;
  bool generated_ = false;
};

/// How a refusal or a failed end looks to the client.
[[nodiscard]] api_error error_of(const actors::refused& event);
[[nodiscard]] api_error error_of(const actors::ended& event);

}  // namespace hawser::net
