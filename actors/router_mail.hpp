/// What the router of several replicas is told: a replica is a batcher with its executor and its device.
#pragma once

#include "actors/batcher_mail.hpp"
#include "actors/ingress_limits.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <string>

namespace hawser::actors {

/// From its batcher: whether its device takes steps.
struct replica_open {
  std::uint32_t replica = 0;
  bool open = false;
};

/// From its batcher: this request had no seat yet, and the device is lost. It is as if it had never joined.
struct handed_back {
  std::uint32_t replica = 0;
  request_id id = 0;
};

using replica_watcher = runtime::address<replica_open, handed_back>;

/// From the supervisor: a new batcher, whose pages are empty.
struct use_replica {
  std::uint32_t replica = 0;
  batcher_address batcher;
  std::uint32_t seats = 0;
  kv_shape room;
};

/// From the supervisor: the batcher is gone, with all that it had.
struct replica_failed {
  std::uint32_t replica = 0;
  std::string why;
};

/// To Ingress: the device that had this request is gone, and there is no other that could begin again.
struct lost {
  request_id id = 0;
  std::string why;
};

/// To Ingress: what there is for requests, of all replicas together.
struct know_room {
  std::uint32_t seats = 0;
  kv_shape room;
};

using room_watcher = runtime::address<joined, started, answering, left, batch_state, lost, know_room>;

}  // namespace hawser::actors
