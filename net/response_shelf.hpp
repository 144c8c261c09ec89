/// What later requests may continue: the responses of /v1/responses, in memory and within a bound.
#pragma once

#include "actors/service_mail.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hawser::net {

/// One turn of a conversation. Its texts are its own; those of the turns before are theirs, so that a long
/// conversation is not kept once for each of its turns.
struct kept_response {
  std::string id;
  std::shared_ptr<const kept_response> before{};  ///< the turn that it continued, or none
  std::string messages;     ///< asked and answered, as a chat template wants them: the inside of a JSON array
  std::string body;         ///< the response itself, as JSON
  std::uint32_t turns = 1;  ///< with those before

  [[nodiscard]] std::size_t bytes() const noexcept {
    constexpr std::size_t own = 256;  // itself and its places in the shelf
    return own + id.size() + messages.size() + body.size();
  }
};
using kept_turn = std::shared_ptr<const kept_response>;

struct shelf_limits {
  std::size_t count = 4096;
  std::size_t bytes = 32 * 1024 * 1024;
  std::uint32_t turns = 1024;  ///< of one conversation
};

/// Any thread: each call holds a lock for as long as a look into a table takes. The least recently used go
/// first. A turn that later ones continue stays as long as they do, and counts as long. Responses of one
/// tenant do not exist for another.
class response_shelf {
 public:
  /// `board`: is told of the bytes; may be null.
  explicit response_shelf(shelf_limits limits, std::shared_ptr<actors::memory_board> board);

  /// The turn, though it may be gone from here at once when it is too large.
  kept_turn keep(std::string_view tenant, kept_response what);
  /// Null: not here, or not any more.
  [[nodiscard]] kept_turn find(std::string_view tenant, std::string_view id);
  /// False: it was not here.
  bool forget(std::string_view tenant, std::string_view id);

  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const shelf_limits& limits() const noexcept { return limits_; }

 private:
  struct place {
    std::string key;
    kept_turn turn;
  };
  using places = std::list<place>;
  class toll;

  [[nodiscard]] static std::string key_of(std::string_view tenant, std::string_view id);

  const shelf_limits limits_;
  const std::shared_ptr<toll> toll_;
  mutable std::mutex guard_;
  places newest_first_;
  std::unordered_map<std::string_view, places::iterator> index_;  // keys live in their places
};

/// Where a request may look for what it continues, and where its own response goes.
struct response_memory {
  std::shared_ptr<response_shelf> shared{};  ///< of the server, for "store"; null: nothing is stored
  std::shared_ptr<response_shelf> own{};     ///< of the connection, whatever "store" says; or null
  std::string tenant{};

  [[nodiscard]] kept_turn find(std::string_view id) const;
};

}  // namespace hawser::net
