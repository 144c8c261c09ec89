/// Which waits of one device are over. Pure: the time and the events' answers are arguments.
///
/// 1. The waits of a stream end in the order in which they began; those that are late or cancelled keep their
///    place until the device has come past them.
/// 2. An error that breaks the device ends every wait, on all of its streams, and each one that begins later.
/// 3. A wait leaves only when its event has fired or the device is broken: until then the device may touch
/// its
///    buffers.
#pragma once

#include "gpu/cuda_types.hpp"
#include "gpu/stream_wait.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace hawser::gpu {

class wait_plan {
 public:
  using wait = std::shared_ptr<stream_wait>;
  using query = std::function<cuda_error(event_handle)>;

  struct outcome {
    wait what;
    boost::system::error_code error;
    bool over = true;  ///< false: late, and the device is not past it
  };

  void add(wait what);
  /// Asks the events that may have fired. The outcomes of one stream are in its order.
  [[nodiscard]] std::vector<outcome> look(time_point now, const query& ask);
  /// The device is broken: so says another call than an event's.
  void breaks(cuda_error error) noexcept { broken_ = error; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] cuda_error broken() const noexcept { return broken_; }
  /// Those that have not finished, in no order; for an orderly end.
  [[nodiscard]] std::vector<wait> all() const;

 private:
  struct line {
    stream_handle stream = nullptr;
    std::deque<wait> waits;
  };

  void look_at(line& of, const query& ask, std::vector<outcome>& to);

  std::vector<line> lines_;  // one a stream with waits
  std::size_t size_ = 0;
  cuda_error broken_ = cuda_error::none;
};

}  // namespace hawser::gpu
